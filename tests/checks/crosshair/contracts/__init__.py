"""The contracts: functions around the code that runs, what each is given (``pre``), what it promises (``post``)."""
