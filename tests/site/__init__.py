"""The documents as a site that is read from a disk: ``make docs``."""
