------------------------------- MODULE Contract -------------------------------
(***************************************************************************)
(* Futures and an executor as a caller sees them: spec/contract.md as far  *)
(* as a machine can say it.  No queue, no worker, no thread.               *)
(*                                                                         *)
(* Written by hand from the same clauses as checkedpool_spec/contract.py,  *)
(* with the same names.  A rule says what may happen; the comment beside   *)
(* it which clauses (C-nn) say so.  What only time, numbers or values can  *)
(* tell is not in here.  How often workers die and starts come to nothing  *)
(* has no bound in the contract; TLC needs one.                            *)
(*                                                                         *)
(* Nothing bad happens without a cause: what a task comes to, the policy   *)
(* and the patience are constants, and rules ask for them.                 *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Futures,       \* how many tasks there are
  Callers,       \* how many threads may wait for the executor's end
  Callbacks,     \* the futures that have a callback
  Errors,        \* the futures whose call raises, or whose value cannot be pickled or rebuilt
  Unpicklable,   \* the futures whose arguments cannot be pickled
  BreakPolicy,   \* whether a death breaks the pool: else it costs one task
  Restarts,      \* how many deaths in a row are survived where they do not break it, or -1: any number
  Patience,      \* so many starts in a row may come to nothing
  MostDeaths,    \* how many workers may die without having been told to
  MostTroubles,  \* how many starts may come to nothing
  MostDefects    \* how many initializers may raise, the manager's failures included

VARIABLES
  asked,         \* for each future what became of the submit() that was to hand it out
  state,         \* for each future what it is; the last five words are ends
  called,        \* how often its callback was called
  waiting,       \* the callers who wait for the executor's end
  closed,        \* the executor takes no task any more
  level,         \* the strongest request so far
  broken,        \* the pool is broken
  over,          \* nothing of the executor is left
  deaths,        \* how many workers have died without having been told to
  troubles,      \* how many starts have come to nothing
  defects        \* how many initializers have raised, the manager's failures included

poolVars == <<closed, level, broken, over, deaths, troubles, defects>>
vars == <<asked, state, called, waiting, poolVars>>

Future == 1..Futures
Caller == 1..Callers
OPEN == 0  DRAIN == 1  CANCEL == 2  TERMINATE == 3  KILL == 4
Level == OPEN..KILL
EndWords == {"succeeded", "failed", "cancelled", "broken", "blamed", "stopped"}

Init ==
  /\ asked = [f \in Future |-> "not yet"]
  /\ state = [f \in Future |-> "pending"]
  /\ called = [f \in Future |-> 0]
  /\ waiting = {}
  /\ closed = FALSE /\ level = OPEN /\ broken = FALSE /\ over = FALSE
  /\ deaths = 0 /\ troubles = 0 /\ defects = 0

TypeOK ==
  /\ asked \in [Future -> {"not yet", "under way", "returned", "raised", "lost"}]
  /\ state \in [Future -> {"pending", "running"} \cup EndWords]
  /\ called \in [Future -> 0..1]
  /\ waiting \subseteq Caller
  /\ {closed, broken, over} \subseteq BOOLEAN
  /\ level \in Level
  /\ deaths \in 0..MostDeaths /\ troubles \in 0..MostTroubles /\ defects \in 0..MostDefects

-------------------------------------------------------------------------------
(* submit() *)

Asked(f, word) == asked' = [asked EXCEPT ![f] = word] /\ UNCHANGED <<state, called, waiting, poolVars>>
Shut == ~(~closed /\ ~broken)

Asks(f)      == asked[f] = "not yet" /\ ~Shut /\ Asked(f, "under way")                                   \* C-15, C-44
Accepts(f)   == asked[f] = "under way" /\ Asked(f, "returned")                                           \* C-16, C-18
Refuses(f)   == asked[f] = "not yet" /\ Shut /\ Asked(f, "raised")                                 \* C-17, C-44, C-83
Withdraws(f) == asked[f] = "under way" /\ Shut /\ state[f] = "pending" /\ Asked(f, "raised")                   \* C-18
Loses(f)     == asked[f] = "under way" /\ Asked(f, "lost")                                                     \* C-18

(* One future *)

Becomes(f, word) == state' = [state EXCEPT ![f] = word] /\ UNCHANGED <<asked, called, waiting, poolVars>>
MayRun(f) == asked[f] \in {"under way", "returned", "lost"}

CanBePickled(f) == f \notin Unpicklable
GivesAValue(f) == f \notin Errors \cup Unpicklable

Begins(f) ==                                                                                             \* C-03, C-04
  asked[f] = "returned" /\ state[f] = "pending" /\ CanBePickled(f) /\ Becomes(f, "running")
BeginsUnpromised(f) ==                                                                             \* C-03, C-18, C-20
  asked[f] \in {"under way", "lost"} /\ state[f] = "pending" /\ CanBePickled(f) /\ Becomes(f, "running")
Succeeds(f) == state[f] = "running" /\ GivesAValue(f) /\ Becomes(f, "succeeded")                   \* C-01, C-02, C-78
Fails(f)    == state[f] = "running" /\ f \in Errors /\ Becomes(f, "failed")                      \* C-33, C-37 to C-39
FailsUnbegun(f) == MayRun(f) /\ state[f] = "pending" /\ f \in Unpicklable /\ Becomes(f, "failed")              \* C-20
Cancels(f)  == MayRun(f) /\ state[f] = "pending" /\ Becomes(f, "cancelled")    \* somebody's cancel(): C-05, C-06
Stops(f) == asked[f] = "returned" /\ state[f] = "running" /\ Becomes(f, "stopped")  \* terminate(), kill(), a limit: C-111, C-132
CancelsOnRequest(f) ==                                                                                   \* C-46, C-88
  MayRun(f) /\ state[f] = "pending" /\ level >= CANCEL /\ Becomes(f, "cancelled")

\* More workers have died than tasks were blamed; or the workers' ends were ordered.
ADeathIsUncharged == deaths <= Cardinality({f \in Future : state[f] = "blamed"}) => level >= TERMINATE
Charges(f)   == state[f] = "running" /\ ADeathIsUncharged /\ Becomes(f, "blamed")                  \* C-56, C-79, C-84
BreaksOff(f) == MayRun(f) /\ state[f] \notin EndWords /\ broken /\ Becomes(f, "broken")                        \* C-82

CallsBack(f) ==                                                                                          \* C-08, C-13
  /\ state[f] \in EndWords
  /\ f \in Callbacks /\ called[f] = 0
  /\ called' = [called EXCEPT ![f] = 1]
  /\ UNCHANGED <<asked, state, waiting, poolVars>>

(* The executor *)

futureVars == <<asked, state, called>>

Closes ==                                                                                                \* C-44, C-55
  ~closed /\ closed' = TRUE /\ UNCHANGED <<futureVars, waiting, level, broken, over, deaths, troubles, defects>>
Requests(l) ==                                                                               \* C-42, C-43, C-53, C-54
  closed /\ l > level /\ level' = l /\ UNCHANGED <<futureVars, waiting, closed, broken, over, deaths, troubles, defects>>
\* A death under "break"; an initializer or the manager that failed; deaths, starts and early deaths too many.
HasACauseToBreak == TRUE \in {
  defects > 0,
  BreakPolicy /\ deaths > 0,
  Restarts >= 0 /\ deaths > Restarts,
  troubles + deaths >= Patience + Cardinality({f \in Future : state[f] = "blamed"})}
Breaks ==                                                                 \* C-69, C-71, C-82, C-84, C-86, C-89, C-135
  /\ ~broken
  /\ HasACauseToBreak
  /\ broken' = TRUE
  /\ UNCHANGED <<futureVars, waiting, closed, level, over, deaths, troubles, defects>>

AllSettled ==
  \A f \in Future :
    /\ state[f] # "running"
    /\ asked[f] = "returned" => state[f] \in EndWords /\ (f \in Callbacks => called[f] = 1)
Ends ==                                                                                            \* C-48, C-50, C-62
  /\ level < DRAIN => broken
  /\ AllSettled
  /\ ~over
  /\ over' = TRUE
  /\ UNCHANGED <<futureVars, waiting, closed, level, broken, deaths, troubles, defects>>

Waits(c) ==                                                                                              \* C-48, C-60
  closed /\ c \notin waiting /\ waiting' = waiting \cup {c} /\ UNCHANGED <<futureVars, poolVars>>
WaitReturns(c) ==                                                                                              \* C-48
  c \in waiting /\ over /\ waiting' = waiting \ {c} /\ UNCHANGED <<futureVars, poolVars>>
LeavesWait(c) ==                                                                                               \* C-52
  c \in waiting /\ waiting' = waiting \ {c} /\ UNCHANGED <<futureVars, poolVars>>

(* The environment *)

Dies ==                                                                                                        \* C-77
  /\ ~over
  /\ deaths < MostDeaths
  /\ deaths' = deaths + 1
  /\ UNCHANGED <<futureVars, waiting, closed, level, broken, over, troubles, defects>>
Troubles ==                                                                                                    \* C-69
  /\ ~over
  /\ troubles < MostTroubles
  /\ troubles' = troubles + 1
  /\ UNCHANGED <<futureVars, waiting, closed, level, broken, over, deaths, defects>>
Defects ==                                                                                               \* C-71, C-89
  /\ ~over
  /\ defects < MostDefects
  /\ defects' = defects + 1
  /\ UNCHANGED <<futureVars, waiting, closed, level, broken, over, deaths, troubles>>

-------------------------------------------------------------------------------
FutureActs(f) ==
  \/ Asks(f) \/ Accepts(f) \/ Refuses(f) \/ Withdraws(f) \/ Loses(f)
  \/ Begins(f) \/ BeginsUnpromised(f) \/ Succeeds(f) \/ Fails(f) \/ FailsUnbegun(f) \/ Cancels(f)
  \/ CancelsOnRequest(f) \/ Stops(f)
  \/ Charges(f) \/ BreaksOff(f) \/ CallsBack(f)

Next ==
  \/ \E f \in Future : FutureActs(f)
  \/ \E c \in Caller : Waits(c) \/ WaitReturns(c) \/ LeavesWait(c)
  \/ \E l \in Level : Requests(l)
  \/ Closes \/ Breaks \/ Ends
  \/ Dies \/ Troubles \/ Defects

\* What is owed: it must happen at last where it stays possible.
Owed ==
  /\ \A f \in Future : WF_vars(Accepts(f)) /\ WF_vars(Begins(f)) /\ WF_vars(Succeeds(f)) /\ WF_vars(CallsBack(f))
  /\ \A f \in Future : WF_vars(Fails(f)) /\ WF_vars(FailsUnbegun(f))
  /\ \A c \in Caller : WF_vars(WaitReturns(c))
  /\ WF_vars(Ends)

Spec == Init /\ [][Next]_vars /\ Owed

-------------------------------------------------------------------------------
(* What follows.  These are the clauses once more, as a reader would ask them. *)

IsOver == over /\ waiting = {} /\ \A f \in Future : asked[f] # "under way"
no_deadlock == IsOver \/ ENABLED Next

refused_task_has_no_end == \A f \in Future : asked[f] = "raised" => state[f] = "pending"                       \* C-18
called_back_after_its_end == \A f \in Future : called[f] > 0 => state[f] \in EndWords                          \* C-13
broken_off_only_if_broken == (\E f \in Future : state[f] = "broken") => broken                                 \* C-82
one_blamed_for_a_death ==                                                                                      \* C-79
  level < TERMINATE => Cardinality({f \in Future : state[f] = "blamed"}) <= deaths

an_end_is_for_ever == [][\A f \in Future : state[f] \in EndWords => state'[f] = state[f]]_vars                 \* C-01
a_cancelled_task_had_not_begun ==                                                                              \* C-05
  [][\A f \in Future : state'[f] = "cancelled" => state[f] \in {"pending", "cancelled"}]_vars
\* This one the machine does not say: a submit() that is under way is accepted although all is over.
a_wait_returns_when_all_is_over ==                                                                             \* C-48
  [][\A c \in Caller : WaitReturns(c) => \A f \in Future : asked[f] = "returned" => state[f] \in EndWords]_vars
requests_add_up == [][level' >= level /\ (closed => closed') /\ (broken => broken')]_vars                      \* C-43

accepted_ends == \A f \in Future : (asked[f] = "returned") ~> (state[f] \in EndWords)                          \* C-01
a_call_ends == \A f \in Future : (asked[f] = "under way") ~> (asked[f] # "under way")                          \* C-16
a_wait_ends == \A c \in Caller : (c \in waiting /\ level >= DRAIN) ~> (c \notin waiting)                       \* C-48
===============================================================================
