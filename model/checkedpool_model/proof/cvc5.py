"""cvc5 as a program: ``python -m checkedpool_model.proof.cvc5`` reads SMT-LIB and writes the answers.

Decides: nothing. The wheel of cvc5 brings a library and no program; z3's brings one.
"""

import sys
from importlib import import_module

__all__ = ["main"]


def main() -> None:
    """Carry out each command of the text, and say what it says."""
    cvc5 = import_module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("incremental", "true")
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "text")
    while not (command := parser.nextCommand()).isNull():
        sys.stdout.write(command.invoke(solver, parser.getSymbolManager()))


if __name__ == "__main__":
    main()
