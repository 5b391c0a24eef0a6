"""What is asked of the solvers, and when it is proved.

Decides: the conditions (that the invariant holds initially, that each action keeps each conjunct, that each claim about
a step holds, what follows in any one world, that each action is possible at all), and what an answer is worth. Must not
know: how a text is written (``smt``), how a solver is called, how a refused condition is told (``story``).

Each solver that is there reads the same text. Both must say what is expected: where one says the contrary the proof is
refused, and where one says nothing, is not there or runs out of time it is not finished. A step is not asked whether it
leads out of the invariant by what it cannot change alone: every action is asked for every conjunct.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from time import perf_counter

from checkedpool_model.proof.action import Action, changed
from checkedpool_model.proof.conjuncts import CONSEQUENCES, INVARIANT, Conjunct, claims_of
from checkedpool_model.proof.logic import Formula, Relation, Sort, Var, closed
from checkedpool_model.proof.smt import asserted, declared, of_a_size, stepped, text_of
from checkedpool_model.proof.solvers import SOLVERS, Solver, SolverError
from checkedpool_model.proof.system import ACTIONS, INITIALLY

__all__ = ["Answered", "Kind", "Paper", "Question", "Refused", "ask", "discharged", "papers"]

SECONDS = 60.0
"""For one text: a hundred times what the dearest takes."""

SMALL = 2
"""Of each sort so many, where a world is looked for in which an action is possible."""


class Kind(Enum):
    """What a condition says."""

    INITIALLY = "holds initially"
    KEPT = "is kept by"
    ON_STEP = "is true of each"
    FOLLOWS = "follows"
    POSSIBLE = "is possible"


@dataclass(frozen=True, slots=True)
class Question:
    """One condition."""

    kind: Kind
    action: str
    """"" where none is made."""
    name: str
    """Of the conjunct or the claim; "" where an action is to be possible."""
    lines: tuple[str, ...]
    """What the solver is to assume for a moment: the contrary of what is to be proved, or the action itself."""

    @property
    def expected(self) -> str:
        """What proves it: that its contrary has no world, or that there is one."""
        return "sat" if self.kind is Kind.POSSIBLE else "unsat"


@dataclass(frozen=True, slots=True)
class Paper:
    """A text with its questions: all that is asked of one action, or whether each of them is possible."""

    about: str
    premises: tuple[str, ...]
    questions: tuple[Question, ...]
    finds: bool = False
    """Whether worlds are looked for."""

    @property
    def text(self) -> str:
        """As the solvers read it."""
        asked = (line for one in self.questions for line in ("(push 1)", *one.lines, "(check-sat)", "(pop 1)"))
        return "\n".join(("(set-logic UF)", *declared(), *self.premises, *asked)) + "\n"


@dataclass(frozen=True, slots=True)
class Refused:
    """A condition that is not proved."""

    question: Question
    answers: Mapping[str, str]
    """What each solver said."""

    @property
    def is_wrong(self) -> bool:
        """Whether a solver says the contrary, and not merely nothing."""
        return bool({"sat", "unsat"} - {self.question.expected} & set(self.answers.values()))


@dataclass(frozen=True, slots=True)
class Answered:
    """What the solvers said to a paper."""

    about: str
    asked: int
    refused: tuple[Refused, ...]
    seconds: Mapping[str, float]


# --- the conditions ---------------------------------------------------------------------------------------------------


def papers(actions: Sequence[Action] = ACTIONS, invariant: Sequence[Conjunct] = INVARIANT) -> Iterator[Paper]:
    """Everything that has to be proved."""
    yield possible_paper(actions, invariant)
    yield initial_paper(invariant)
    yield following_paper(invariant)
    for action in actions:
        yield paper_of(action, invariant)


def possible_paper(actions: Sequence[Action], invariant: Sequence[Conjunct]) -> Paper:
    """A run can begin, and each action is possible in some world that satisfies the invariant."""
    small = tuple(line for sort in Sort for line in of_a_size(sort, SMALL))
    assumed = assumptions(invariant)
    return Paper(
        "possible", (),
        (Question(Kind.POSSIBLE, "", "", (*INITIAL, *small)),
         *(Question(Kind.POSSIBLE, action.name, "", (*assumed, *stepped(action), *small)) for action in actions)),
        finds=True,
    )  # fmt: skip


def initial_paper(invariant: Sequence[Conjunct]) -> Paper:
    """The invariant holds where a run begins."""
    asked = (Question(Kind.INITIALLY, "", one.name, _contrary(one.formula)) for one in invariant)
    return Paper("initially", INITIAL, tuple(asked))


def following_paper(invariant: Sequence[Conjunct]) -> Paper:
    """What follows from the invariant, in any one world."""
    asked = (Question(Kind.FOLLOWS, "", one.name, _contrary(one.formula)) for one in CONSEQUENCES)
    return Paper("follows", assumptions(invariant), tuple(asked))


def paper_of(action: Action, invariant: Sequence[Conjunct]) -> Paper:
    """What is claimed of the action's steps holds, and it keeps every conjunct."""
    after = frozenset(relation for relation, _ in changed(action))
    claimed = (
        Question(Kind.ON_STEP, action.name, claim.name, _contrary(claim.formula, action.params))
        for claim in claims_of(action)
    )
    kept = (Question(Kind.KEPT, action.name, one.name, _contrary(one.formula, after=after)) for one in invariant)
    return Paper(action.name, (*assumptions(invariant), *stepped(action)), (*claimed, *kept))


INITIAL = tuple(asserted(formula, why) for why, formula in INITIALLY.items())


def assumptions(invariant: Sequence[Conjunct]) -> tuple[str, ...]:
    """The invariant holds before."""
    return tuple(asserted(closed(one.formula), one.name) for one in invariant)


def _contrary(
    formula: Formula, given: tuple[Var, ...] = (), after: frozenset[Relation] = frozenset()
) -> tuple[str, ...]:
    return (f"(assert (not {text_of(closed(formula, given), after)}))",)


# --- the answers ------------------------------------------------------------------------------------------------------


def ask(paper: Paper, solvers: Sequence[Solver] = SOLVERS, *, seconds: float = SECONDS) -> Answered:
    """What each solver that is there says; of the conditions those that are not proved."""
    said: dict[str, list[str]] = {}
    took: dict[str, float] = {}
    for solver in solvers:
        begun = perf_counter()
        said[solver.name] = _answers(solver, paper, seconds)
        took[solver.name] = perf_counter() - begun
    refused = []
    for number, question in enumerate(paper.questions):
        answers = {name: lines[number] for name, lines in said.items()}
        if set(answers.values()) != {question.expected}:
            refused.append(Refused(question, answers))
    return Answered(paper.about, len(paper.questions), tuple(refused), took)


def _answers(solver: Solver, paper: Paper, seconds: float) -> list[str]:
    """One answer to each question, whatever happens."""
    expected = len(paper.questions)
    if not solver.is_there:
        return ["not run"] * expected
    try:
        lines = solver.answers(paper.text, seconds=seconds, finds=paper.finds)
    except SolverError as error:
        return [str(error)] * expected
    return lines if len(lines) == expected else [f"{len(lines)} answers to {expected} questions"] * expected


def discharged(
    everything: Sequence[Paper], solvers: Sequence[Solver] = SOLVERS, *, jobs: int = 1, say: Callable[[str], None]
) -> list[Answered]:
    """All papers, so many at a time: a solver is a process of its own, a thread waits for it."""
    with ThreadPoolExecutor(jobs) as threads:
        made = threads.map(lambda paper: ask(paper, solvers), everything)
        answered = []
        for one in made:
            say(f"proof: {one.about}, {one.asked} conditions")
            answered.append(one)
    return answered
