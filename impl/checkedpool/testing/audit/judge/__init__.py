"""What a history of calls, threads and deaths may be by the contract."""
