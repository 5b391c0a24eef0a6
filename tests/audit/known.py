"""Where the standard executor is known to leave the contract: spec/deviations.md says why.

Decides: the smallest scenario for each clause.  Must not know: how it is judged.
"""

BUSY = "1: submit held; settle; submit quick; "
END = "; settle; open 0; settle; drain wait &; settle"

STANDARD = {
    "C-04": f"{BUSY}look 1{END}",
    "C-05": f"{BUSY}cancel 1{END}",
    "C-41": f"1: submit unloadable{END}",
    "C-46": f"{BUSY}cancel-all{END}",
    "C-48": f"1: submit held; settle; drain; drain wait &{END}",
}
HANGS = "C-46"
"""Here it comes to nothing, which takes as long as one is willing to wait."""
