------------------------------- MODULE Protocol -------------------------------
(***************************************************************************)
(* How executor, manager, workers and user-code threads keep the contract: *)
(* spec/protocol.md (clauses P-nn) as a TLA+ user would write it down.     *)
(*                                                                         *)
(* Written by hand from the same rules as the table of actions in          *)
(* model/checkedpool_model/protocol, with the same names and the same      *)
(* grain of atomicity, and with nothing else in common.  `make tlc' lets   *)
(* TLC explore it in every quick scope: the two must agree on distinct     *)
(* states, transitions, depth and verdicts.                                *)
(*                                                                         *)
(* How to read it: constants and variables, Init, then each actor's        *)
(* actions, Next, Spec; last what must never be (C-nn are the contract's   *)
(* clauses) and what must happen at last.  A scope's bounds are in an MC   *)
(* module, which the runner makes:                                         *)
(* make tlc ARGS="--name gate --write FOLDER" shows it.                    *)
(*                                                                         *)
(* TLC takes a disjunction in an action for a choice, and counts a step    *)
(* once for each branch.  So a guard that asks whether any of several      *)
(* things is true says Any({...}).                                         *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS
  Scripts,     \* the scripts of this scope; each says, for every client, the sequence of its calls
  Inside,      \* for each client the task in whose callback it makes its calls, or NOBODY: a thread of its own
  Allowed,     \* max_workers when the run begins
  Tasks,       \* how many tasks there are
  Kind,        \* the kind of each task
  Priority,    \* the priority of each task
  Given,       \* how many tasks, the first ones, are on the manager's list when the run begins
  Window,      \* how many tasks a lane may have at a time
  Callbacks,   \* the tasks whose futures have a callback
  Blocking,    \* of these, the ones whose callback waits until all other futures are done
  Policy,      \* "break" or "replace": what the death of a worker costs
  Start,       \* "warm", "cold" or "on demand": how workers come into being
  Restarts,    \* max_worker_restarts, or -1: no limit
  TaskLimit,   \* max_tasks_per_child, or 0: no limit
  MinWorkers,  \* min_workers, where idle workers leave
  Patience,    \* how many starts in a row may come to nothing before the pool breaks
  Sleeps,      \* FALSE: the manager never sleeps
  Budget       \* how often the environment may do each thing

VARIABLES
  script,      \* which of the scripts this run has; never changes
  clients,     \* for each client thread: which call it is in, where in it, and the lane that cancel() has read
  tasks,       \* for each task: what became of its submit(), its future and its place
  lanes,       \* for each lane: all that belongs to one worker
  budget,      \* how often the environment may still do each thing
  inbox,       \* what others tell the manager, first in, first out
  manager,     \* its phase
  asleep,      \* the flag that read those who would wake it; only the manager changes it
  wakeup,      \* there is a byte in the wake-up pipe
  closed,      \* the gate, as clients read it; only ever up
  broken,      \* set by the manager, read by clients; only ever up
  asked,       \* the strongest level that was put in the inbox so far; no actor reads it
  level,       \* the strongest level that the manager knows of
  failures,    \* starts in a row that came to nothing
  deaths,      \* deaths in a row without a task answered between them; not counted where there is no limit
  size,        \* max_workers, as far as the manager knows: a client may change it
  jobs,        \* the tasks for which the user-code threads have something to do, in order
  threads,     \* for each user-code thread the task that it is at, or NOBODY
  owed         \* jobs that the manager has given and not heard to be done

sleepVars == <<manager, asleep, wakeup>>
poolVars  == <<closed, broken, asked, level, failures, deaths, size>>
userVars  == <<jobs, threads, owed>>
vars == <<script, clients, tasks, lanes, budget, inbox, sleepVars, poolVars, userVars>>

-------------------------------------------------------------------------------
(* Words *)

OPEN == 0  DRAIN == 1  CANCEL == 2  TERMINATE == 3  KILL == 4        \* levels of shutdown

NOBODY    ==  0   \* stands where otherwise a task's or a lane's number stands
LEAVE     == -2   \* in a ticket socket: the order to leave
READY     == -3   \* in an answer pipe: the worker takes tickets
NOT_READY == -4   \* in an answer pipe: the initializer failed
TORN      == -5   \* in an answer pipe: the beginning of an answer whose worker was killed while it wrote

Late    == {"late", "late bad", "late rebuilt", "late not rebuilt"}            \* pickled by a user-code thread
Rebuilt == {"rebuilt", "not rebuilt", "late rebuilt", "late not rebuilt"}      \* its value is rebuilt by one
Kinds   == {"plain", "bad argument", "bad result", "endless"} \cup Late \cup Rebuilt

Task   == 1..Tasks
Client == DOMAIN Inside
Sizes  == {Allowed} \cup {call.workers : call \in {call \in UNION {{s[c][n] : n \in DOMAIN s[c]} :
                            <<s, c>> \in Scripts \X Client} : call.call = "resize"}}
Most   == CHOOSE n \in Sizes : \A m \in Sizes : m <= n
Lane   == 1..(IF Start = "on demand" THEN Most + 1 ELSE Most)           \* one too many would show
HasUserCode == Callbacks # {} \/ \E t \in Task : Kind[t] \in Late \cup Rebuilt
Thread == 1..(IF HasUserCode THEN 1 + Cardinality(Blocking) ELSE 0)

Calls ==
  [call : {"submit", "cancel", "stop"}, task : Task] \cup
  [call : {"shutdown"}, level : DRAIN..KILL, wait : BOOLEAN] \cup
  [call : {"resize"}, workers : 1..9]

ASSUME BoundsOK ==
  /\ \A s \in Scripts : s \in [Client -> Seq(Calls)]
  /\ Allowed \in 1..9 /\ Given \in 0..Tasks /\ Window >= 1 /\ Patience >= 1 /\ Restarts >= -1 /\ TaskLimit >= 0
  /\ MinWorkers \in 0..Allowed
  /\ Kind \in [Task -> Kinds] /\ Priority \in [Task -> Int] /\ Blocking \subseteq Callbacks /\ Callbacks \subseteq Task
  /\ Policy \in {"break", "replace"} /\ Start \in {"warm", "cold", "on demand"} /\ Sleeps \in BOOLEAN

-------------------------------------------------------------------------------
(* Init *)

NewTask   == [handed |-> "not yet", end |-> "open", notified |-> FALSE, unclaimed |-> FALSE, pending |-> FALSE,
              begun |-> 0, answered |-> FALSE, job |-> "nothing", called |-> 0]
GivenTask == [NewTask EXCEPT !.handed = "returned", !.unclaimed = TRUE, !.pending = TRUE]

EmptyLane == [slot |-> "empty", worker |-> "none", running |-> NOBODY, tickets |-> <<>>, returned |-> <<>>,
              answers |-> <<>>, book |-> <<>>, leave |-> FALSE, dealt |-> 0, stop |-> NOBODY, signal |-> "none",
              held |-> FALSE, stolen |-> FALSE, full |-> "no"]
FirstLane == CASE Start = "warm"      -> [EmptyLane EXCEPT !.slot = "ready", !.worker = "waiting"]
               [] Start = "cold"      -> [EmptyLane EXCEPT !.slot = "up", !.worker = "booting"]
               [] Start = "on demand" -> EmptyLane

\* A task that the script submits is not given, nor is any after it.
GivenIn(s) == {t \in 1..Given : \A c \in Client : \A n \in DOMAIN s[c] : s[c][n].call = "submit" => s[c][n].task > t}

FirstStep(calls, n) ==
  IF n > Len(calls) THEN "finished"
  ELSE CASE calls[n].call = "submit"   -> "submitting"
         [] calls[n].call = "cancel"   -> "cancelling"
         [] calls[n].call = "stop"     -> "cancelling"
         [] calls[n].call = "shutdown" -> "closing"
         [] calls[n].call = "resize"   -> "resizing"

AtCall(s, c, n) == [call |-> n, step |-> FirstStep(s[c], n), lane |-> NOBODY]

Init ==
  /\ script \in Scripts
  /\ clients = [c \in Client |-> AtCall(script, c, 1)]
  /\ tasks = [t \in Task |-> IF t \in GivenIn(script) THEN GivenTask ELSE NewTask]
  /\ lanes = [i \in Lane |-> FirstLane]
  /\ budget = Budget
  /\ inbox = <<>>
  /\ manager = "awake" /\ asleep = FALSE /\ wakeup = FALSE
  /\ closed = FALSE /\ broken = FALSE /\ asked = OPEN /\ level = OPEN /\ failures = 0 /\ deaths = 0
  /\ size = Allowed
  /\ jobs = <<>> /\ threads = (IF HasUserCode THEN <<NOBODY>> ELSE <<>>) /\ owed = 0

Note(n, number) == [note |-> n, number |-> number]

TypeOK ==
  /\ script \in Scripts
  /\ \A c \in Client :
       /\ clients[c].call \in 1..(Len(script[c]) + 1)
       /\ clients[c].step \in {"submitting", "gated", "posted", "cancelling", "found", "begun", "asked", "closing",
                               "closed", "waking", "waiting", "finished", "resizing"}
       /\ clients[c].lane \in Lane \cup {NOBODY}
  /\ \A t \in Task :
       /\ tasks[t].handed \in {"not yet", "returned", "raised", "lost"}
       /\ tasks[t].end \in {"open", "succeeded", "failed", "cancelled", "broken", "blamed", "twice", "stopped"}
       /\ {tasks[t].notified, tasks[t].unclaimed, tasks[t].pending, tasks[t].answered} \subseteq BOOLEAN
       /\ {tasks[t].begun, tasks[t].called} \subseteq Nat
       /\ tasks[t].job \in {"nothing", "pickle", "read", "call"}
  /\ \A i \in Lane :
       /\ lanes[i].slot \in {"empty", "starting", "up", "ready"}
       /\ lanes[i].worker \in {"none", "booting", "waiting", "running", "leaving", "stalled", "ended", "stuck"}
       /\ {lanes[i].running, lanes[i].stop} \subseteq Task \cup {NOBODY}
       /\ {lanes[i].tickets, lanes[i].returned} \subseteq Seq(Task \cup {LEAVE})
       /\ lanes[i].answers \in Seq(Task \cup {READY, NOT_READY, TORN})
       /\ lanes[i].book \in Seq(Task)
       /\ {lanes[i].leave, lanes[i].held, lanes[i].stolen} \subseteq BOOLEAN
       /\ lanes[i].full \in {"no", "memory", "dismissed"}
       /\ lanes[i].dealt \in Nat
       /\ lanes[i].signal \in {"none", "ignored", "obeyed"}
  /\ \A what \in DOMAIN Budget : budget[what] \in 0..Budget[what]
  /\ \A n \in DOMAIN inbox : inbox[n] \in
       {Note(word, t) : word \in {"posted", "done", "stop"}, t \in Task} \cup
       {Note("requested", l) : l \in DRAIN..KILL} \cup {Note("resized", number) : number \in Sizes} \cup
       {Note(word, i) : word \in {"look", "started", "not started"}, i \in Lane}
  /\ manager \in {"awake", "announced", "asleep", "ended", "dead"}
  /\ {asleep, wakeup, closed, broken} \subseteq BOOLEAN
  /\ {asked, level} \subseteq OPEN..KILL
  /\ failures \in 0..Patience /\ deaths \in 0..(Restarts + 1) /\ size \in 1..9
  /\ jobs \in Seq(Task) /\ threads \in Seq(Task \cup {NOBODY}) /\ Len(threads) <= Cardinality(Thread) /\ owed \in Nat

-------------------------------------------------------------------------------
(* What several actors do or read *)

Any(facts) == TRUE \in facts
Range(seq) == {seq[n] : n \in DOMAIN seq}
Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b
Without(seq, taken) == SelectSeq(seq, LAMBDA t : t \notin Range(taken))
TasksIn(tickets) == {t \in Range(tickets) : t > 0}

Post(n, number) == inbox' = Append(inbox, Note(n, number))
Ring == wakeup' = (wakeup \/ asleep)                           \* P-31: a byte, if the manager has put up its flag
Spend(what) == budget[what] > 0 /\ budget' = [budget EXCEPT ![what] = @ - 1]

Alive(lane) == lane.worker \in {"booting", "waiting", "running", "leaving", "stalled"}
Gone(lane)  == lane.worker = "ended"
Pending     == {t \in Task : tasks[t].pending}
NothingIsUnfinished ==
  /\ \A t \in Task : ~tasks[t].pending /\ tasks[t].job # "pickle"
  /\ \A i \in Lane : lanes[i].book = <<>>

\* A future is given its end and its waiters are notified, in one step under the future's lock.  Where its caller has
\* had it stopped, whoever comes later changes nothing.
Ended(task, end) ==
  IF task.end = "stopped" THEN task
  ELSE [task EXCEPT !.end = IF @ = "open" THEN end ELSE "twice", !.notified = TRUE]

\* Somebody has run what callbacks there are; what is to be pickled is forgotten by the manager, and what is to be
\* rebuilt is found ended by who does it.
Called(t, task) == [task EXCEPT !.called = IF t \in Callbacks THEN @ + 1 ELSE @,
                                !.job = IF @ \in {"pickle", "read"} THEN @ ELSE "nothing"]

\* Its worker has said that its memory is over the limit, or was dismissed, and all that it has answered was heard.
IsFull(lane) == lane.full # "no" /\ lane.book = <<>>

HasRoom(i) ==
  /\ lanes[i].slot = "ready" /\ ~lanes[i].leave /\ lanes[i].signal = "none" /\ lanes[i].stop = NOBODY
  /\ Len(lanes[i].book) < Window
  /\ TaskLimit # 0 => lanes[i].dealt < TaskLimit
  /\ ~IsFull(lanes[i])
  /\ lanes[i].full # "dismissed"

\* The lane with the task in its book and its ticket in its socket.
Issued(lane, t) == [lane EXCEPT !.book = Append(@, t), !.tickets = Append(@, t),
                                !.dealt = IF TaskLimit # 0 THEN @ + 1 ELSE @]

-------------------------------------------------------------------------------
(* Clients: one access to what is shared at a time *)

At(c, step) == clients[c].step = step
Call(c)     == script[c][clients[c].call]
TaskOf(c)   == Call(c).task

\* It is the client's turn: a call from a callback begins when a user-code thread is at that callback.
MayBegin(c) == Inside[c] # NOBODY => (Inside[c] \in Range(threads) /\ tasks[Inside[c]].job = "call")
SeesItOpen  == ~closed /\ ~broken
SeesItShut  == ~SeesItOpen

GoesTo(c, step) == clients' = [clients EXCEPT ![c].step = step, ![c].lane = NOBODY]
Returns(c)      == clients' = [clients EXCEPT ![c] = AtCall(script, c, @.call + 1)]

\* The call returns; but a shutdown that waits begins to, and a call that stops a task goes on to end its future.
ReturnsOrWaits(c) ==
  IF Call(c).call = "stop" THEN GoesTo(c, "asked") /\ UNCHANGED tasks
  ELSE IF Call(c).call = "resize" THEN Returns(c) /\ UNCHANGED tasks
  ELSE IF Call(c).call = "shutdown"
  THEN /\ IF Call(c).wait THEN GoesTo(c, "waiting") ELSE Returns(c)
       /\ UNCHANGED tasks
  ELSE /\ Returns(c)
       /\ tasks' = [tasks EXCEPT ![TaskOf(c)].handed = "returned"]

Wakes(c) == Ring /\ ReturnsOrWaits(c)

\* Where the manager never sleeps, nobody could see that it does not wake: the two steps are one.
GoesToWake(c) == IF Sleeps THEN GoesTo(c, "waking") /\ UNCHANGED <<wakeup, tasks>> ELSE Wakes(c)

(* submit() *)

ClientPassesGate(c) ==                                                                           \* P-10
  /\ At(c, "submitting")
  /\ MayBegin(c)
  /\ SeesItOpen
  /\ Kind[TaskOf(c)] # "bad argument"
  /\ GoesTo(c, "gated")
  /\ UNCHANGED <<script, tasks, lanes, budget, inbox, sleepVars, poolVars, userVars>>

IsRefused(c) ==
  /\ tasks' = [tasks EXCEPT ![TaskOf(c)].handed = "raised", ![TaskOf(c)].unclaimed = FALSE]
  /\ Returns(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, sleepVars, poolVars, userVars>>

ClientIsRefused(c) ==                                                                            \* P-10
  /\ At(c, "submitting")
  /\ MayBegin(c)
  /\ SeesItShut
  /\ IsRefused(c)

ClientCannotPickle(c) ==                                                                         \* P-15
  /\ At(c, "submitting")
  /\ MayBegin(c)
  /\ SeesItOpen
  /\ Kind[TaskOf(c)] = "bad argument"
  /\ tasks' = [tasks EXCEPT ![TaskOf(c)] = Called(TaskOf(c), [Ended(@, "failed") EXCEPT !.handed = "returned"])]
  /\ Returns(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, sleepVars, poolVars, userVars>>

ClientPosts(c) ==                                                                                \* P-11
  /\ At(c, "gated")
  /\ tasks' = [tasks EXCEPT ![TaskOf(c)].unclaimed = TRUE]
  /\ Post("posted", TaskOf(c))
  /\ GoesTo(c, "posted")
  /\ UNCHANGED <<script, lanes, budget, sleepVars, poolVars, userVars>>

ClientSeesItStillOpen(c) ==                                                                      \* P-12
  /\ At(c, "posted")
  /\ SeesItOpen
  /\ GoesToWake(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, manager, asleep, poolVars, userVars>>

ClientWithdraws(c) ==                                                                            \* P-12
  /\ At(c, "posted")
  /\ SeesItShut
  /\ tasks[TaskOf(c)].unclaimed
  /\ IsRefused(c)

ClientIsOutrun(c) ==                                                                             \* P-12
  /\ At(c, "posted")
  /\ SeesItShut
  /\ ~tasks[TaskOf(c)].unclaimed
  /\ GoesToWake(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, manager, asleep, poolVars, userVars>>

ClientWakesManager(c) ==                                                                                \* P-31
  /\ Sleeps
  /\ At(c, "waking")
  /\ Wakes(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, manager, asleep, poolVars, userVars>>

\* A client issues its own task to an idle worker while the manager sleeps.  Which of several the model leaves
\* open.  It need never happen: who does not find a lent worker wakes the manager.
ClientIssuesAlone(i) ==                                                                         \* P-33
  /\ Sleeps
  /\ asleep
  /\ inbox # <<>> /\ Head(inbox).note = "posted"
  /\ LET t == Head(inbox).number
         submitters == {c \in Client : At(c, "waking") /\ Call(c).call = "submit" /\ TaskOf(c) = t}
     IN /\ submitters # {}                                         \* it has looked at the gate again
        /\ Kind[t] \notin Late
        /\ HasRoom(i)
        /\ lanes[i].book = <<>>
        /\ inbox' = Tail(inbox)
        /\ tasks' = [tasks EXCEPT ![t].unclaimed = FALSE, ![t].handed = "returned"]
        /\ lanes' = [lanes EXCEPT ![i] = Issued(@, t)]
        /\ Returns(CHOOSE c \in submitters : TRUE)
  /\ UNCHANGED <<script, budget, sleepVars, poolVars, userVars>>

(* cancel() *)

JustReturns(c) == Returns(c) /\ UNCHANGED <<script, tasks, lanes, budget, inbox, sleepVars, poolVars, userVars>>

BeginsToCancel(c) == At(c, "cancelling") /\ MayBegin(c)
HasTheFuture(c)   == tasks[TaskOf(c)].handed = "returned"
SeesNoEnd(c)      == tasks[TaskOf(c)].end = "open"
IsBooked(t, i)    == t \in Range(lanes[i].book)
TicketIsThere(c)  == TaskOf(c) \in Range(lanes[clients[c].lane].tickets) \cup Range(lanes[clients[c].lane].returned)

ClientHasNothingToCancel(c) ==                                                                   \* P-20
  /\ BeginsToCancel(c)
  /\ tasks[TaskOf(c)].handed \in {"raised", "lost"}
  /\ JustReturns(c)

ClientFindsItEnded(c) ==                                                                         \* P-20
  /\ BeginsToCancel(c)
  /\ HasTheFuture(c)
  /\ ~SeesNoEnd(c)
  /\ JustReturns(c)

ClientCancels(c) ==                                                                              \* P-20
  /\ BeginsToCancel(c)
  /\ HasTheFuture(c)
  /\ tasks[TaskOf(c)].unclaimed
  /\ tasks' = [tasks EXCEPT ![TaskOf(c)] = Called(TaskOf(c), [Ended(@, "cancelled") EXCEPT !.unclaimed = FALSE])]
  /\ Returns(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, sleepVars, poolVars, userVars>>

ClientReadsTheLane(c) ==                                                                         \* P-21
  /\ BeginsToCancel(c)
  /\ HasTheFuture(c)
  /\ SeesNoEnd(c)
  /\ ~tasks[TaskOf(c)].unclaimed
  /\ {i \in Lane : IsBooked(TaskOf(c), i)} # {}
  /\ clients' = [clients EXCEPT ![c].step = "found", ![c].lane = CHOOSE i \in Lane : IsBooked(TaskOf(c), i)]
  /\ UNCHANGED <<script, tasks, lanes, budget, inbox, sleepVars, poolVars, userVars>>

\* cancel() returns; a call that stops the task goes on.
ConcludesThatItIsBegun(c) == IF Call(c).call = "stop" THEN GoesTo(c, "begun") ELSE Returns(c)

ClientFindsItAnswered(c) ==                                                                      \* P-21
  /\ BeginsToCancel(c)
  /\ HasTheFuture(c)
  /\ SeesNoEnd(c)
  /\ ~tasks[TaskOf(c)].unclaimed
  /\ tasks[TaskOf(c)].job = "read"
  /\ ConcludesThatItIsBegun(c)
  /\ UNCHANGED <<script, tasks, lanes, budget, inbox, sleepVars, poolVars, userVars>>

\* Under the lane's lock: tell the manager to look, wake it, move all tickets from the socket to the return buffer.
ReadsBack(c) ==
  /\ Post("look", clients[c].lane)
  /\ Ring
  /\ lanes' = [lanes EXCEPT ![clients[c].lane].tickets = <<>>,
                            ![clients[c].lane].returned = @ \o lanes[clients[c].lane].tickets]
  /\ UNCHANGED <<script, budget, manager, asleep, poolVars, userVars>>

ClientRevokesItsTicket(c) ==                                                                   \* P-22
  /\ At(c, "found")
  /\ SeesNoEnd(c)
  /\ IsBooked(TaskOf(c), clients[c].lane)
  /\ TicketIsThere(c)
  /\ tasks' = [tasks EXCEPT ![TaskOf(c)] = Called(TaskOf(c), Ended(@, "cancelled"))]
  /\ ReadsBack(c)
  /\ Returns(c)

ClientFindsItBegun(c) ==                                                                         \* P-22
  /\ At(c, "found")
  /\ SeesNoEnd(c)
  /\ IsBooked(TaskOf(c), clients[c].lane)
  /\ ~TicketIsThere(c)
  /\ ReadsBack(c)
  /\ ConcludesThatItIsBegun(c)
  /\ UNCHANGED tasks

ClientFindsItEndedMeanwhile(c) ==                                                                \* P-22
  /\ At(c, "found")
  /\ ~SeesNoEnd(c)
  /\ JustReturns(c)

ClientStartsAgain(c) ==                                                                          \* P-22
  /\ At(c, "found")
  /\ SeesNoEnd(c)
  /\ ~IsBooked(TaskOf(c), clients[c].lane)
  /\ GoesTo(c, "cancelling")
  /\ UNCHANGED <<script, tasks, lanes, budget, inbox, sleepVars, poolVars, userVars>>

(* terminate() and kill() of a future: what is above, and where a worker has begun the task also this. *)

ClientAsksToStop(c) ==                                                                           \* P-24
  /\ At(c, "begun")
  /\ Post("stop", TaskOf(c))
  /\ GoesToWake(c)
  /\ UNCHANGED <<script, lanes, budget, manager, asleep, poolVars, userVars>>

\* What becomes of the worker is the manager's business, who has been asked.
ClientStops(c) ==                                                                                \* P-24
  /\ At(c, "asked")
  /\ SeesNoEnd(c)
  /\ tasks' = [tasks EXCEPT ![TaskOf(c)] = Called(TaskOf(c), Ended(@, "stopped"))]
  /\ Returns(c)
  /\ UNCHANGED <<script, lanes, budget, inbox, sleepVars, poolVars, userVars>>

ClientComesTooLateToStop(c) ==                                                                   \* P-24
  /\ At(c, "asked")
  /\ ~SeesNoEnd(c)
  /\ JustReturns(c)

(* resize(): whoever has seen the pool open posts, whatever has become of it since *)

ClientResizes(c) ==                                                                              \* P-56
  /\ At(c, "resizing")
  /\ MayBegin(c)
  /\ Post("resized", Call(c).workers)
  /\ GoesToWake(c)
  /\ UNCHANGED <<script, lanes, budget, manager, asleep, poolVars, userVars>>

ClientIsRefusedASize(c) ==                                                                       \* P-56
  /\ At(c, "resizing")
  /\ MayBegin(c)
  /\ SeesItShut
  /\ JustReturns(c)

(* shutdown() *)

ClientCloses(c) ==                                                                               \* P-13
  /\ At(c, "closing")
  /\ MayBegin(c)
  /\ closed' = TRUE
  /\ GoesTo(c, "closed")
  /\ UNCHANGED <<script, tasks, lanes, budget, inbox, sleepVars, broken, asked, level, failures, deaths, size, userVars>>

ClientRequests(c) ==                                                                             \* P-13
  /\ At(c, "closed")
  /\ asked' = Max(asked, Call(c).level)
  /\ Post("requested", Call(c).level)
  /\ GoesToWake(c)
  /\ UNCHANGED <<script, lanes, budget, manager, asleep, closed, broken, level, failures, deaths, size, userVars>>

\* A wait in a thread of the pool would wait for its own end.
ClientDoesNotWaitForItself(c) ==                                                                 \* P-14
  /\ At(c, "waiting")
  /\ Inside[c] # NOBODY
  /\ JustReturns(c)

ClientReturns(c) ==                                                                              \* P-14
  /\ At(c, "waiting")
  /\ Inside[c] = NOBODY
  /\ manager = "ended"
  /\ JustReturns(c)

-------------------------------------------------------------------------------
(* Manager: tasks *)

Awake == manager = "awake"
NextIs(n) == inbox # <<>> /\ Head(inbox).note = n
HasAProcess(i) == lanes[i].slot \in {"up", "ready"}           \* its start was reported
MayDeal == level < CANCEL /\ ~broken

\* The user-code threads are given a job.
Give(t, job) ==
  /\ tasks' = [tasks EXCEPT ![t].job = job]
  /\ jobs' = Append(jobs, t)
  /\ owed' = owed + 1

\* The futures of these tasks end; the manager runs no callback itself.  `task' is what else becomes of each.
SettleAs(these, end, task(_)) ==
  LET toCall == SelectSeq(these, LAMBDA t : tasks[t].end = "open" /\ t \in Callbacks)
  IN /\ tasks' = [t \in Task |->
                    IF t \notin Range(these) THEN tasks[t]
                    ELSE IF t \in Range(toCall) THEN [Ended(task(t), end) EXCEPT !.job = "call"]
                    ELSE Ended(task(t), end)]
     /\ jobs' = jobs \o toCall
     /\ owed' = owed + Len(toCall)
Settle(these, end) == SettleAs(these, end, LAMBDA t : tasks[t])

OutcomeOf(t) == IF Kind[t] \in {"bad result", "not rebuilt", "late not rebuilt"} THEN "failed" ELSE "succeeded"

\* Strike from the lane's book what came back; an order to leave was never given then, but to the dead (C-76).
Unbooked(lane, taken) ==
  [lane EXCEPT !.book  = Without(@, taken),
               !.leave = @ /\ (LEAVE \in Range(taken) => Gone(lane)),
               !.dealt = IF TaskLimit # 0 THEN @ - Cardinality({n \in DOMAIN taken : taken[n] > 0}) ELSE 0]

\* What nobody cancelled meanwhile is claimable and pending again.
PendingAgain(taken) ==
  tasks' = [t \in Task |-> IF t \in Range(taken) /\ tasks[t].end = "open"
                           THEN [tasks[t] EXCEPT !.pending = TRUE, !.unclaimed = TRUE]
                           ELSE tasks[t]]

\* A task that comes after a request is left alone: whoever posted it will see the gate shut and withdraw it.
ManagerTakesTask ==                                                                              \* P-40
  /\ Awake
  /\ NextIs("posted")
  /\ inbox' = Tail(inbox)
  /\ LET t == Head(inbox).number
     IN IF level >= DRAIN THEN UNCHANGED <<tasks, jobs, owed>>
        ELSE IF Kind[t] \in Late THEN Give(t, "pickle")
        ELSE tasks' = [tasks EXCEPT ![t].pending = TRUE] /\ UNCHANGED <<jobs, owed>>
  /\ UNCHANGED <<script, clients, lanes, budget, sleepVars, poolVars, threads>>

ManagerTakesRequest ==                                                                           \* P-60
  /\ Awake
  /\ broken => NothingIsUnfinished                            \* the break is carried out
  /\ NextIs("requested")
  /\ inbox' = Tail(inbox)
  /\ level' = Max(level, Head(inbox).number)
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, sleepVars, closed, broken, asked, failures, deaths, size, userVars>>

ManagerLooksAtLane ==                                                                            \* P-45
  /\ Awake
  /\ NextIs("look")
  /\ inbox' = Tail(inbox)
  /\ LET i == Head(inbox).number
     IN /\ lanes' = [lanes EXCEPT ![i] = Unbooked([@ EXCEPT !.returned = <<>>], @.returned)]
        /\ PendingAgain(lanes[i].returned)
  /\ UNCHANGED <<script, clients, budget, sleepVars, poolVars, userVars>>

\* Where the task is booked, its lane is to be stopped at it, or at one behind it; elsewhere it has an end.
ManagerTakesStop ==                                                                              \* P-48
  /\ Awake
  /\ NextIs("stop")
  /\ inbox' = Tail(inbox)
  /\ LET t == Head(inbox).number
         Place(lane, u) == CHOOSE n \in 0..Len(lane.book) : IF n = 0 THEN u = NOBODY ELSE lane.book[n] = u
         StopAt(lane) == IF t \notin Range(lane.book) \/ Place(lane, lane.stop) > Place(lane, t) THEN lane
                         ELSE [lane EXCEPT !.stop = t]
     IN lanes' = [i \in Lane |-> StopAt(lanes[i])]
  /\ UNCHANGED <<script, clients, tasks, budget, sleepVars, poolVars, userVars>>

\* A task that is pickled now is dealt after those that came meanwhile.
ManagerTakesJobDone ==                                                                           \* P-64
  /\ Awake
  /\ NextIs("done")
  /\ inbox' = Tail(inbox)
  /\ owed' = owed - 1
  /\ tasks' = [tasks EXCEPT ![Head(inbox).number] =
                 IF @.job = "pickle" THEN [@ EXCEPT !.job = "nothing", !.pending = TRUE] ELSE @]
  /\ UNCHANGED <<script, clients, lanes, budget, sleepVars, poolVars, jobs, threads>>

\* An initializer that has failed is nobody's loss if its worker was to end anyway (C-58, C-76).
WasLetGo(lane) == level >= TERMINATE \/ (lane.leave /\ lane.book = <<>>)

ManagerTakesAnswer(i) ==                                                                         \* P-46
  /\ Awake
  /\ HasAProcess(i)
  /\ lanes[i].answers # <<>>
  /\ LET answer == Head(lanes[i].answers)
         read == [lanes[i] EXCEPT !.answers = Tail(@)]
     IN CASE answer = READY ->
               /\ lanes' = [lanes EXCEPT ![i] = [read EXCEPT !.slot = "ready"]]
               /\ failures' = 0
               /\ UNCHANGED <<tasks, broken, deaths, jobs, owed>>
          [] answer = NOT_READY ->
               /\ lanes' = [lanes EXCEPT ![i] = read]
               /\ broken' = (broken \/ ~WasLetGo(lanes[i]))
               /\ UNCHANGED <<tasks, failures, deaths, jobs, owed>>
          [] answer # READY /\ answer # NOT_READY /\ ~IsBooked(answer, i) ->     \* torn, or ended when the pool broke
               /\ lanes' = [lanes EXCEPT ![i] = read]
               /\ UNCHANGED <<tasks, broken, failures, deaths, jobs, owed>>
          [] IsBooked(answer, i) ->
               /\ lanes' = [lanes EXCEPT ![i] = [read EXCEPT !.book = Without(@, <<answer>>),
                                                            !.stop = IF @ = answer THEN NOBODY ELSE @]]
               /\ IF Kind[answer] \in Rebuilt THEN Give(answer, "read") ELSE Settle(<<answer>>, OutcomeOf(answer))
               /\ deaths' = 0
               /\ UNCHANGED <<broken, failures>>
  /\ UNCHANGED <<script, clients, budget, inbox, sleepVars, closed, asked, level, size, threads>>

\* A ticket of lower priority than a task that waits lies behind what the worker runs.  What is sent ahead stands by
\* priority, so the last is the lowest.
IsHeldUp(i) ==
  LET tickets == lanes[i].tickets
  IN /\ Len(lanes[i].book) >= 2 /\ tickets # <<>> /\ tickets[Len(tickets)] \in Task
     /\ \E t \in Pending : tasks[t].unclaimed /\ Priority[t] > Priority[tickets[Len(tickets)]]

GoesFirst(t, u) == Priority[t] > Priority[u] \/ (Priority[t] = Priority[u] /\ t <= u)

\* The oldest pending task of the highest priority goes to a lane with room that has least to do.
ManagerIssues(i) ==                                                                              \* P-41
  /\ Awake
  /\ HasRoom(i)
  /\ MayDeal
  /\ lanes[i].returned = <<>>
  /\ Pending # {}
  /\ \A j \in Lane : HasRoom(j) => Len(lanes[i].book) <= Len(lanes[j].book)
  /\ ~IsHeldUp(i)
  /\ LET t == CHOOSE t \in Pending : \A u \in Pending : GoesFirst(t, u)
     IN /\ tasks[t].unclaimed
        /\ tasks' = [tasks EXCEPT ![t].pending = FALSE, ![t].unclaimed = FALSE]
        /\ lanes' = [lanes EXCEPT ![i] = Issued(@, t)]
  /\ UNCHANGED <<script, clients, budget, inbox, sleepVars, poolVars, userVars>>

\* Tickets are revoked: all is to end, the worker has ended or is to, what waits has a higher priority, or this one has
\* more than it runs and another is idle, or it was dismissed.
IsToBeEmptied(i) ==
  \/ level >= CANCEL \/ broken \/ Gone(lanes[i]) \/ lanes[i].stop # NOBODY
  \/ IsHeldUp(i)
  \/ /\ Len(lanes[i].book) >= 2
     /\ \/ lanes[i].full = "dismissed"
        \/ Pending = {} /\ \E j \in Lane : HasRoom(j) /\ lanes[j].book = <<>>

ManagerRevokesTickets(i) ==                                                                    \* P-44
  /\ Awake
  /\ Any({lanes[i].returned # <<>>, TasksIn(lanes[i].tickets) # {}})
  /\ Any({IsToBeEmptied(i)})
  /\ LET taken == lanes[i].returned \o lanes[i].tickets
     IN /\ lanes' = [lanes EXCEPT ![i] = Unbooked([@ EXCEPT !.tickets = <<>>, !.returned = <<>>], taken)]
        /\ PendingAgain(taken)
  /\ UNCHANGED <<script, clients, budget, inbox, sleepVars, poolVars, userVars>>

(* Manager: what becomes of tasks that it does not deal *)

IsPending(t)    == tasks[t].pending
IsBeingPickled(t) == tasks[t].job = "pickle"
CanBeClaimed(t) == tasks[t].unclaimed
IsAtHand        == Any({broken, level >= CANCEL} \cup {HasRoom(i) : i \in Lane})

Forget(t, task) ==
  /\ tasks' = [tasks EXCEPT ![t] = task]
  /\ UNCHANGED <<script, clients, lanes, budget, inbox, sleepVars, poolVars, userVars>>

\* The task is claimed and off the list; its future ends, waiters are notified, callbacks are to run.
EndPending(t, end) ==
  /\ SettleAs(<<t>>, end, LAMBDA u : [tasks[u] EXCEPT !.pending = FALSE, !.unclaimed = FALSE, !.job = "nothing"])
  /\ UNCHANGED <<script, clients, lanes, budget, inbox, sleepVars, poolVars, threads>>

ManagerForgets(t) ==                                                                             \* P-43
  /\ Awake
  /\ IsPending(t)
  /\ ~CanBeClaimed(t)
  /\ IsAtHand
  /\ Forget(t, [tasks[t] EXCEPT !.pending = FALSE])

ManagerCancels(t) ==                                                                             \* P-62
  /\ Awake
  /\ IsPending(t)
  /\ CanBeClaimed(t)
  /\ level >= CANCEL
  /\ EndPending(t, "cancelled")

ManagerBreaks(t) ==                                                                              \* P-73
  /\ Awake
  /\ IsPending(t)
  /\ CanBeClaimed(t)
  /\ broken
  /\ level < CANCEL
  /\ EndPending(t, "broken")

ManagerForgetsWhatIsDeferred(t) ==                                                                   \* P-43
  /\ Awake
  /\ IsBeingPickled(t)
  /\ ~CanBeClaimed(t)
  /\ Forget(t, [tasks[t] EXCEPT !.job = "nothing"])

ManagerCancelsWhatIsDeferred(t) ==                                                                   \* P-62
  /\ Awake
  /\ IsBeingPickled(t)
  /\ CanBeClaimed(t)
  /\ level >= CANCEL
  /\ EndPending(t, "cancelled")

ManagerBreaksWhatIsDeferred(t) ==                                                                    \* P-73
  /\ Awake
  /\ IsBeingPickled(t)
  /\ CanBeClaimed(t)
  /\ broken
  /\ level < CANCEL
  /\ EndPending(t, "broken")

HasNoTicketsOut(i) == TasksIn(lanes[i].tickets) = {}

\* What is left in the book when no ticket is out its worker has begun, or died of.
ManagerBreaksWhatIsBegun(i) ==                                                                   \* P-73
  /\ Awake
  /\ lanes[i].book # <<>>
  /\ broken
  /\ HasNoTicketsOut(i)
  /\ lanes[i].returned = <<>>
  /\ Settle(lanes[i].book, "broken")
  /\ lanes' = [lanes EXCEPT ![i].book = <<>>, ![i].stop = NOBODY]
  /\ UNCHANGED <<script, clients, budget, inbox, sleepVars, poolVars, threads>>

-------------------------------------------------------------------------------
(* Manager: starts *)

\* One more start came to nothing; the pool breaks when patience is at an end and nobody is left to work.
AfterFailureIn(isBroken) ==
  /\ failures' = Min(failures + 1, Patience)
  /\ broken' = (isBroken \/ (/\ failures' = Patience
                           /\ level < TERMINATE
                           /\ \A i \in Lane : lanes'[i].slot = "empty" \/ lanes'[i].leave))

AfterFailure == AfterFailureIn(broken)

ManagerTakesStart ==                                                                             \* P-51
  /\ Awake
  /\ NextIs("started")
  /\ inbox' = Tail(inbox)
  /\ lanes' = [lanes EXCEPT ![Head(inbox).number].slot = "up"]
  /\ UNCHANGED <<script, clients, tasks, budget, sleepVars, poolVars, userVars>>

ManagerTakesFailedStart ==                                                                       \* P-52
  /\ Awake
  /\ NextIs("not started")
  /\ inbox' = Tail(inbox)
  /\ lanes' = [lanes EXCEPT ![Head(inbox).number] = EmptyLane]
  /\ AfterFailure
  /\ UNCHANGED <<script, clients, tasks, budget, sleepVars, closed, asked, level, deaths, size, userVars>>

ManagerTakesSize ==                                                                              \* P-57
  /\ Awake
  /\ NextIs("resized")
  /\ inbox' = Tail(inbox)
  /\ size' = Head(inbox).number
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, sleepVars, closed, broken, asked, level, failures, deaths>>
  /\ UNCHANGED userVars

\* More tasks are to run than there are workers that can still run one.
Kept == {i \in Lane : lanes[i].signal = "none"}
Wanted ==
  Cardinality({t \in Task : tasks[t].pending \/ tasks[t].job = "pickle"})
  + Cardinality(UNION {{i} \X {n \in DOMAIN lanes[i].book : lanes[i].book[n] # lanes[i].stop} : i \in Kept})

OneMoreIsNeeded ==
  Cardinality({i \in Kept : lanes[i].slot # "empty" /\ ~lanes[i].leave /\ ~Gone(lanes[i])}) < Wanted

ManagerAsksForStart(i) ==                                                                        \* P-50
  /\ Awake
  /\ Start = "on demand"
  /\ MayDeal
  /\ lanes[i].slot = "empty"
  /\ Cardinality({j \in Lane : lanes[j].slot # "empty"}) < size
  /\ OneMoreIsNeeded
  /\ \A j \in Lane : lanes[j].slot # "starting"
  /\ lanes' = [lanes EXCEPT ![i] = [EmptyLane EXCEPT !.slot = "starting"]]
  /\ UNCHANGED <<script, clients, tasks, budget, inbox, sleepVars, poolVars, userVars>>

\* What may still come of it is ended by the start thread, and is no worker of this pool.
ManagerGivesUpStart(i) ==                                                                        \* P-54
  /\ Awake
  /\ lanes[i].slot = "starting"
  /\ lanes[i].worker = "stuck"
  /\ lanes' = [lanes EXCEPT ![i] = EmptyLane]
  /\ AfterFailure
  /\ UNCHANGED <<script, clients, tasks, budget, inbox, sleepVars, closed, asked, level, deaths, size, userVars>>

(* Manager: orders, signals, deaths.  A limit passes over a process that does not obey, and over no other. *)

\* It has had its share, or all is done and nobody asked for more haste.
IsNotNeeded(i) ==
  \/ IsFull(lanes[i])
  \/ TaskLimit # 0 /\ lanes[i].dealt >= TaskLimit
  \/ DRAIN <= level /\ level < TERMINATE /\ ~broken /\ NothingIsUnfinished

ManagerTellsToLeave(i) ==                                                                        \* P-53
  /\ Awake
  /\ HasAProcess(i)
  /\ ~lanes[i].leave
  /\ lanes[i].signal = "none"
  /\ Any({IsNotNeeded(i)})
  /\ lanes' = [lanes EXCEPT ![i].leave = TRUE, ![i].tickets = Append(@, LEAVE)]
  /\ UNCHANGED <<script, clients, tasks, budget, inbox, sleepVars, poolVars, userVars>>

\* It has nothing to do, and without it there is still a worker for each task, and as many as stay anyway.
Stays(lane) == lane.slot # "empty" /\ ~lane.leave /\ lane.signal = "none" /\ lane.full # "dismissed"

IsIdle(i) ==
  /\ lanes[i].slot = "ready"
  /\ ~lanes[i].leave
  /\ lanes[i].book = <<>>
  /\ Cardinality({j \in Lane : Stays(lanes[j])}) > Max(Wanted, MinWorkers)

\* Its worker can still run a task, and is to.
Remains(lane) == Stays(lane) /\ ~Gone(lane)

\* One worker is too many: it is dealt nothing more, and is told to leave when it has answered.
ManagerDismisses(i) ==                                                                           \* P-58
  /\ Awake
  /\ Remains(lanes[i])
  /\ Cardinality({j \in Lane : Remains(lanes[j])}) > size
  /\ lanes' = [lanes EXCEPT ![i].full = "dismissed"]
  /\ UNCHANGED <<script, clients, tasks, budget, inbox, sleepVars, poolVars, userVars>>

\* It has been idle for too long.
ManagerLetsAnIdleWorkerGo(i) ==                                                                  \* P-55
  /\ Awake
  /\ IsIdle(i)
  /\ Spend("idles")
  /\ lanes' = [lanes EXCEPT ![i].leave = TRUE, ![i].tickets = Append(@, LEAVE)]
  /\ UNCHANGED <<script, clients, tasks, inbox, sleepVars, poolVars, userVars>>

\* What its worker runs, or has just answered, is to be stopped: the last of its book, if no ticket is out.  A worker
\* takes its tickets in the order of the book, so what stands before the last one it has answered.
RunsWhatIsToStop(lane) ==
  /\ lane.book # <<>> /\ lane.returned = <<>> /\ TasksIn(lane.tickets) = {}
  /\ lane.book[Len(lane.book)] = lane.stop

IsToBeTerminated(i) ==
  Any({level = TERMINATE, broken, lanes[i].worker = "stalled", RunsWhatIsToStop(lanes[i])}) \* stalled: its limit passes

EndsBySignal(i) ==
  /\ lanes' = [lanes EXCEPT ![i].signal = "obeyed", ![i].worker = "ended"]
  /\ UNCHANGED <<script, clients, tasks, budget, inbox, sleepVars, poolVars, userVars>>

ManagerTerminates(i) ==                                                                          \* P-63
  /\ Awake
  /\ HasAProcess(i)
  /\ lanes[i].signal = "none"
  /\ IsToBeTerminated(i)
  /\ EndsBySignal(i)

ManagerTerminatesInVain(i) ==                                                                    \* P-63
  /\ Awake
  /\ HasAProcess(i)
  /\ Alive(lanes[i])
  /\ lanes[i].signal = "none"
  /\ IsToBeTerminated(i)
  /\ Spend("deaf")
  /\ lanes' = [lanes EXCEPT ![i].signal = "ignored"]
  /\ UNCHANGED <<script, clients, tasks, inbox, sleepVars, poolVars, userVars>>

ManagerKills(i) ==                                                                               \* P-63
  /\ Awake
  /\ HasAProcess(i)
  /\ lanes[i].signal # "obeyed"
  /\ Any({level = KILL, lanes[i].signal = "ignored"})                                   \* ignored: its limit passes
  /\ EndsBySignal(i)

\* Its end is no death: it was to end, for its task or with all, or it was told to leave and owes nothing.
WasToldToEnd(i) ==
  Any({lanes[i].signal # "none", lanes[i].stop # NOBODY, broken, level >= TERMINATE,
       lanes[i].leave /\ lanes[i].book = <<>>})

ManagerReaps(i) ==                                                                               \* P-70
  /\ Awake
  /\ HasAProcess(i)
  /\ Gone(lanes[i])
  /\ lanes[i].answers = <<>>
  /\ HasNoTicketsOut(i)
  /\ lanes[i].returned = <<>>
  /\ WasToldToEnd(i)
  /\ Settle(lanes[i].book, IF broken THEN "broken" ELSE IF lanes[i].stop = NOBODY THEN "blamed" ELSE "stopped")
  /\ lanes' = [lanes EXCEPT ![i] = EmptyLane]
  /\ UNCHANGED <<script, clients, budget, inbox, sleepVars, poolVars, threads>>

\* What is left in the book is what the worker ran: it is blamed.  Then the policy, and how many came in a row.
Counts == Policy = "replace" /\ Restarts >= 0

ManagerBlamesTask(i) ==                                                                        \* P-71
  /\ Awake
  /\ HasAProcess(i)
  /\ Gone(lanes[i])
  /\ lanes[i].answers = <<>>
  /\ HasNoTicketsOut(i)
  /\ lanes[i].returned = <<>>
  /\ ~WasToldToEnd(i)
  /\ Settle(lanes[i].book, "blamed")
  /\ lanes' = [lanes EXCEPT ![i] = EmptyLane]
  /\ deaths' = IF Counts THEN deaths + 1 ELSE deaths
  /\ LET oneTooMany == Counts /\ deaths' > Restarts IN
     IF Policy = "break" THEN broken' = TRUE /\ UNCHANGED failures
     ELSE IF lanes[i].slot = "ready" THEN broken' = oneTooMany /\ UNCHANGED failures
     ELSE AfterFailureIn(oneTooMany)
  /\ UNCHANGED <<script, clients, budget, inbox, sleepVars, closed, asked, level, size, threads>>

(* Manager: user-code threads, sleep and end *)

\* Jobs wait and every thread is at a callback that does not return: the limit for patience passes.
JobsAreHeldUp == jobs # <<>> /\ \A h \in DOMAIN threads : threads[h] \in Blocking /\ tasks[threads[h]].job = "call"

ManagerAddsThread ==                                                                             \* P-66
  /\ Awake
  /\ Blocking # {}
  /\ JobsAreHeldUp
  /\ threads' = Append(threads, NOBODY)
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, inbox, sleepVars, poolVars, jobs, owed>>

ManagerEnds ==                                                                                   \* P-65
  /\ Awake
  /\ Any({level >= DRAIN, broken})
  /\ inbox = <<>>
  /\ NothingIsUnfinished
  /\ \A i \in Lane : lanes[i].slot = "empty"
  /\ owed = 0
  /\ manager' = "ended"
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, inbox, asleep, wakeup, poolVars, userVars>>

\* What the manager does by itself once it has taken in what there is.  It does not sleep while any of it is possible.
Plan ==
  \/ \E t \in Task : ManagerForgets(t) \/ ManagerCancels(t) \/ ManagerBreaks(t)
  \/ \E t \in Task : ManagerForgetsWhatIsDeferred(t) \/ ManagerCancelsWhatIsDeferred(t)
  \/ \E t \in Task : ManagerBreaksWhatIsDeferred(t)
  \/ \E i \in Lane : ManagerIssues(i) \/ ManagerRevokesTickets(i) \/ ManagerBreaksWhatIsBegun(i)
  \/ \E i \in Lane : ManagerAsksForStart(i) \/ ManagerGivesUpStart(i) \/ ManagerTellsToLeave(i) \/ ManagerDismisses(i)
  \/ \E i \in Lane : ManagerTerminates(i) \/ ManagerTerminatesInVain(i) \/ ManagerKills(i)
  \/ ManagerAddsThread
  \/ ManagerEnds

ManagerPutsUpTheFlag ==                                                                          \* P-30
  /\ Awake
  /\ Sleeps
  /\ ~ENABLED Plan
  /\ manager' = "announced" /\ asleep' = TRUE
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, inbox, wakeup, poolVars, userVars>>

\* The flag is down and the wake-up empty, in this order and before anything is read.
WakesUp ==
  /\ manager' = "awake" /\ asleep' = FALSE /\ wakeup' = FALSE
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, inbox, poolVars, userVars>>

ManagerLooksAgain == manager = "announced" /\ inbox # <<>> /\ WakesUp                            \* P-30

ManagerSleeps ==                                                                                 \* P-30
  /\ manager = "announced"
  /\ inbox = <<>>
  /\ manager' = "asleep"
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, inbox, asleep, wakeup, poolVars, userVars>>

\* The wake-up, an answer, the end of a process, or a limit that has passed.
SomethingWakesIt ==
  \/ wakeup
  \/ JobsAreHeldUp
  \/ budget.idles > 0 /\ \E i \in Lane : IsIdle(i)
  \/ \E i \in Lane :
       \/ HasAProcess(i) /\ (lanes[i].answers # <<>> \/ Gone(lanes[i]))
       \/ lanes[i].worker = "stalled" /\ lanes[i].signal = "none"
       \/ lanes[i].worker = "stuck"
       \/ lanes[i].signal = "ignored"

ManagerWakes == manager = "asleep" /\ Any({SomethingWakesIt}) /\ WakesUp                         \* P-32

-------------------------------------------------------------------------------
(* User-code threads: deferred pickling, values rebuilt in the parent, callbacks *)

IsAt(h, job) == h \in DOMAIN threads /\ threads[h] # NOBODY /\ tasks[threads[h]].job = job

\* The thread is idle; its note stands in the inbox, the manager is woken.
IsDone(h) == threads' = [threads EXCEPT ![h] = NOBODY] /\ Post("done", threads[h]) /\ Ring

\* Who has told a future runs its callbacks.
CallsOrIsDone(h) == IF threads[h] \in Callbacks THEN UNCHANGED <<threads, inbox, wakeup>> ELSE IsDone(h)
JobAfterEnd(t)   == IF t \in Callbacks THEN "call" ELSE "nothing"

threadFrame == <<script, clients, lanes, budget, manager, asleep, poolVars, jobs, owed>>

ThreadTakesJob(h) ==                                                                             \* P-64
  /\ h \in DOMAIN threads /\ threads[h] = NOBODY
  /\ jobs # <<>>
  /\ threads' = [threads EXCEPT ![h] = Head(jobs)]
  /\ jobs' = Tail(jobs)
  /\ UNCHANGED <<script, clients, tasks, lanes, budget, inbox, sleepVars, poolVars, owed>>

ThreadPickles(h) ==                                                                              \* P-16
  /\ IsAt(h, "pickle")
  /\ Kind[threads[h]] # "late bad"
  /\ IsDone(h)
  /\ UNCHANGED <<threadFrame, tasks>>

\* The error ends the future, if nobody else has claimed the task.
ThreadCannotPickle(h) ==                                                                         \* P-16
  /\ IsAt(h, "pickle")
  /\ Kind[threads[h]] = "late bad"
  /\ LET t == threads[h]
     IN IF tasks[t].unclaimed
        THEN /\ tasks' = [tasks EXCEPT ![t] = [Ended(@, "failed") EXCEPT !.unclaimed = FALSE, !.job = JobAfterEnd(t)]]
             /\ CallsOrIsDone(h)
        ELSE /\ tasks' = [tasks EXCEPT ![t].job = "nothing"]
             /\ IsDone(h)
  /\ UNCHANGED threadFrame

\* Where the future was stopped meanwhile, who stopped it calls the callbacks.
ThreadReads(h) ==                                                                                \* P-47
  /\ IsAt(h, "read")
  /\ IF tasks[threads[h]].end = "open"
     THEN /\ tasks' = [tasks EXCEPT ![threads[h]] =
                         [Ended(@, OutcomeOf(threads[h])) EXCEPT !.job = JobAfterEnd(threads[h])]]
          /\ CallsOrIsDone(h)
     ELSE /\ tasks' = [tasks EXCEPT ![threads[h]] = [Ended(@, OutcomeOf(threads[h])) EXCEPT !.job = "nothing"]]
          /\ IsDone(h)
  /\ UNCHANGED threadFrame

\* The calls that the callback makes are made, and what it waits for has come.
CallbackReturns(t) ==
  /\ \A c \in Client : Inside[c] = t => At(c, "finished")
  /\ t \in Blocking => \A u \in Task \ {t} : tasks[u].end # "open"

ThreadHasCalled(h) ==                                                                            \* P-64
  /\ IsAt(h, "call")
  /\ CallbackReturns(threads[h])
  /\ tasks' = [tasks EXCEPT ![threads[h]] = Called(threads[h], @)]
  /\ IsDone(h)
  /\ UNCHANGED threadFrame

\* The manager has ended the task meanwhile and left nothing to do for it.
ThreadFindsNothingToDo(h) ==                                                                     \* P-64
  /\ IsAt(h, "nothing")
  /\ IsDone(h)
  /\ UNCHANGED <<threadFrame, tasks>>

-------------------------------------------------------------------------------
(* Workers, and the start thread that makes them *)

\* A failed start stands in the inbox until the manager reads it.
StartIsUnderWay(i) ==
  /\ lanes[i].slot = "starting"
  /\ lanes[i].worker = "none"
  /\ Note("not started", i) \notin Range(inbox)

StarterStarts(i) ==                                                                              \* P-51
  /\ StartIsUnderWay(i)
  /\ manager # "dead"
  /\ lanes' = [lanes EXCEPT ![i].worker = "booting"]
  /\ Post("started", i)
  /\ Ring
  /\ UNCHANGED <<script, clients, tasks, budget, manager, asleep, poolVars, userVars>>

workerFrame == <<script, clients, budget, inbox, sleepVars, poolVars, userVars>>

WorkerBoots(i) ==                                                                                \* P-80
  /\ lanes[i].worker = "booting"
  /\ lanes' = [lanes EXCEPT ![i].worker = "waiting", ![i].answers = Append(@, READY)]
  /\ UNCHANGED <<workerFrame, tasks>>

\* The kernel gives the next ticket to this worker or to whoever revokes tickets, never to both.
WorkerBegins(i) ==                                                                               \* P-81
  /\ lanes[i].worker = "waiting"
  /\ lanes[i].tickets # <<>> /\ Head(lanes[i].tickets) > 0
  /\ tasks' = [tasks EXCEPT ![Head(lanes[i].tickets)].begun = @ + 1]
  /\ lanes' = [lanes EXCEPT ![i].worker = "running", ![i].running = Head(lanes[i].tickets), ![i].tickets = Tail(@)]
  /\ UNCHANGED workerFrame

WorkerAnswers(i) ==                                                                              \* P-82
  /\ lanes[i].worker = "running"
  /\ Kind[lanes[i].running] # "endless"
  /\ tasks' = [tasks EXCEPT ![lanes[i].running].answered = TRUE]
  /\ lanes' = [lanes EXCEPT ![i].worker = "waiting", ![i].running = NOBODY,
                            ![i].answers = Append(@, lanes[i].running)]
  /\ UNCHANGED workerFrame

\* The answer says that the worker's memory is over the limit.
WorkerAnswersAndIsFull(i) ==                                                                     \* P-85
  /\ lanes[i].worker = "running"
  /\ Kind[lanes[i].running] # "endless"
  /\ Spend("fills")
  /\ tasks' = [tasks EXCEPT ![lanes[i].running].answered = TRUE]
  /\ lanes' = [lanes EXCEPT ![i].worker = "waiting", ![i].running = NOBODY,
                            ![i].answers = Append(@, lanes[i].running), ![i].full = "memory"]
  /\ UNCHANGED <<script, clients, inbox, sleepVars, poolVars, userVars>>

\* Where nothing can stall, running the exit handlers and exiting is one step.
WorkerTakesTheOrder(i) ==                                                                        \* P-83
  /\ lanes[i].worker = "waiting"
  /\ lanes[i].tickets # <<>> /\ Head(lanes[i].tickets) = LEAVE
  /\ lanes' = [lanes EXCEPT ![i].worker = IF Budget.stalls > 0 THEN "leaving" ELSE "ended", ![i].tickets = Tail(@)]
  /\ UNCHANGED <<workerFrame, tasks>>

WorkerExits(i) ==                                                                                \* P-83
  /\ lanes[i].worker = "leaving"
  /\ lanes' = [lanes EXCEPT ![i].worker = "ended"]
  /\ UNCHANGED <<workerFrame, tasks>>

\* The lifeline's end of file kills the process, whatever it is at.
WorkerIsOrphaned(i) ==                                                                           \* P-84
  /\ manager = "dead"
  /\ Alive(lanes[i])
  /\ lanes' = [lanes EXCEPT ![i] = [EmptyLane EXCEPT !.worker = "ended"]]
  /\ UNCHANGED <<workerFrame, tasks>>

-------------------------------------------------------------------------------
(* Nature: at any moment, as often as the budget says.  None of it need ever happen. *)

natureFrame == <<script, clients, tasks, sleepVars, poolVars, userVars>>

WorkerCrashes(i) ==                                                                              \* P-90
  /\ Alive(lanes[i])
  /\ Spend("crashes")
  /\ lanes' = [lanes EXCEPT ![i].worker = "ended"]
  /\ UNCHANGED <<natureFrame, inbox>>

WorkerIsTorn(i) ==                                                                               \* P-90
  /\ lanes[i].worker = "running"
  /\ Spend("tears")
  /\ lanes' = [lanes EXCEPT ![i].worker = "ended", ![i].answers = Append(@, TORN)]
  /\ UNCHANGED <<natureFrame, inbox>>

\* A process that the task started holds the worker's ends of the pipes.
WorkerLeavesAProcess(i) ==                                                                       \* P-94
  /\ lanes[i].worker = "running"
  /\ ~lanes[i].held
  /\ Spend("grandchildren")
  /\ lanes' = [lanes EXCEPT ![i].held = TRUE]
  /\ UNCHANGED <<natureFrame, inbox>>

\* The user's program waits for any child, and gets this one: its exit status is unknown.
StatusIsStolen(i) ==                                                                             \* P-95
  /\ Gone(lanes[i])
  /\ ~lanes[i].stolen
  /\ Spend("thefts")
  /\ lanes' = [lanes EXCEPT ![i].stolen = TRUE]
  /\ UNCHANGED <<natureFrame, inbox>>

StartHangs(i) ==                                                                                 \* P-91
  /\ StartIsUnderWay(i)
  /\ Spend("hangs")
  /\ lanes' = [lanes EXCEPT ![i].worker = "stuck"]
  /\ UNCHANGED <<natureFrame, inbox>>

StartFails(i) ==                                                                                 \* P-91
  /\ StartIsUnderWay(i)
  /\ Spend("start_failures")
  /\ Post("not started", i)
  /\ Ring
  /\ UNCHANGED <<script, clients, tasks, lanes, manager, asleep, poolVars, userVars>>

BootFails(i) ==                                                                                  \* P-91
  /\ lanes[i].worker = "booting"
  /\ Spend("boot_failures")
  /\ lanes' = [lanes EXCEPT ![i].worker = "ended", ![i].answers = Append(@, NOT_READY)]
  /\ UNCHANGED <<natureFrame, inbox>>

\* The exit handlers do not come to an end: it was told to leave, owes nothing and has not gone, or not even heard it.
WorkerStalls(i) ==                                                                               \* P-92
  /\ lanes[i].leave
  /\ lanes[i].book = <<>>
  /\ lanes[i].worker \in {"booting", "waiting", "running", "leaving"}
  /\ Spend("stalls")
  /\ lanes' = [lanes EXCEPT ![i].worker = "stalled"]
  /\ UNCHANGED <<natureFrame, inbox>>

\* A signal handler's exception takes the thread out of its call, other than its last: what exits is let exit.
ClientIsInterrupted(c) ==                                                                        \* P-93
  /\ clients[c].call < Len(script[c])
  /\ Spend("interrupts")
  /\ IF Call(c).call = "submit" THEN tasks' = [tasks EXCEPT ![TaskOf(c)].handed = "lost"] ELSE UNCHANGED tasks
  /\ Returns(c)
  /\ UNCHANGED <<script, lanes, inbox, sleepVars, poolVars, userVars>>

\* All that is left are the worker processes.  Of the rest nobody can ask any more, so it is made alike.
ParentDies ==                                                                                    \* P-96
  /\ manager # "dead"
  /\ budget.parents > 0
  /\ budget' = [what \in DOMAIN budget |-> 0]
  /\ clients' = [c \in Client |-> AtCall(script, c, Len(script[c]) + 1)]
  /\ tasks' = [t \in Task |-> NewTask]
  /\ lanes' = [i \in Lane |-> IF Alive(lanes[i])
                              THEN [EmptyLane EXCEPT !.worker = lanes[i].worker, !.running = lanes[i].running]
                              ELSE EmptyLane]
  /\ inbox' = <<>>
  /\ manager' = "dead" /\ asleep' = FALSE /\ wakeup' = FALSE
  /\ closed' = FALSE /\ broken' = FALSE /\ asked' = OPEN /\ level' = OPEN /\ failures' = 0 /\ deaths' = 0
  /\ size' = 1
  /\ jobs' = <<>> /\ threads' = <<>> /\ owed' = 0
  /\ UNCHANGED script

-------------------------------------------------------------------------------
(* Next, by actor *)

ClientActs(c) ==
  \/ ClientPassesGate(c) \/ ClientIsRefused(c) \/ ClientCannotPickle(c) \/ ClientPosts(c)
  \/ ClientSeesItStillOpen(c) \/ ClientWithdraws(c) \/ ClientIsOutrun(c) \/ ClientWakesManager(c)
  \/ ClientHasNothingToCancel(c) \/ ClientFindsItEnded(c) \/ ClientCancels(c) \/ ClientReadsTheLane(c)
  \/ ClientFindsItAnswered(c) \/ ClientRevokesItsTicket(c) \/ ClientFindsItBegun(c)
  \/ ClientFindsItEndedMeanwhile(c) \/ ClientStartsAgain(c)
  \/ ClientAsksToStop(c) \/ ClientStops(c) \/ ClientComesTooLateToStop(c)
  \/ ClientResizes(c) \/ ClientIsRefusedASize(c)
  \/ ClientCloses(c) \/ ClientRequests(c) \/ ClientDoesNotWaitForItself(c) \/ ClientReturns(c)

ManagerTakesIn ==
  \/ ManagerTakesTask \/ ManagerTakesRequest \/ ManagerLooksAtLane \/ ManagerTakesStop \/ ManagerTakesSize
  \/ ManagerTakesStart \/ ManagerTakesFailedStart \/ ManagerTakesJobDone
  \/ \E i \in Lane : ManagerTakesAnswer(i) \/ ManagerReaps(i) \/ ManagerBlamesTask(i)

ThreadActs(h) ==
  \/ ThreadTakesJob(h) \/ ThreadPickles(h) \/ ThreadCannotPickle(h) \/ ThreadReads(h) \/ ThreadHasCalled(h)
  \/ ThreadFindsNothingToDo(h)

WorkerActs(i) ==
  \/ StarterStarts(i) \/ WorkerBoots(i) \/ WorkerBegins(i) \/ WorkerAnswers(i) \/ WorkerTakesTheOrder(i)
  \/ WorkerAnswersAndIsFull(i)
  \/ WorkerExits(i) \/ WorkerIsOrphaned(i)

NatureActs ==
  \/ ParentDies
  \/ \E c \in Client : ClientIsInterrupted(c)
  \/ \E i \in Lane : WorkerCrashes(i) \/ WorkerIsTorn(i) \/ WorkerLeavesAProcess(i) \/ StatusIsStolen(i)
  \/ \E i \in Lane : StartHangs(i) \/ StartFails(i) \/ BootFails(i) \/ WorkerStalls(i)

Next ==
  \/ \E c \in Client : ClientActs(c)
  \/ \E i \in Lane : ClientIssuesAlone(i)
  \/ ManagerTakesIn
  \/ Plan
  \/ \E i \in Lane : ManagerLetsAnIdleWorkerGo(i)
  \/ ManagerPutsUpTheFlag \/ ManagerLooksAgain \/ ManagerSleeps \/ ManagerWakes
  \/ \E h \in Thread : ThreadActs(h)
  \/ \E i \in Lane : WorkerActs(i)
  \/ NatureActs

(***************************************************************************)
(* Fairness.  What stays possible happens at last.  What the manager reads *)
(* is strongly fair, because it reads all that is there each time it is    *)
(* awake.  A client need not call, and what nature does need never happen. *)
(*                                                                         *)
(* Of the messages one at most can be taken at a time, and it stays the    *)
(* first until it is; of what can be read off a lane the same is true.  So *)
(* strong fairness of the whole is strong fairness of each.  TLC's work    *)
(* doubles with every SF.                                                  *)
(***************************************************************************)
ManagerTakesMessage ==
  \/ ManagerTakesTask
  \/ ManagerTakesRequest
  \/ ManagerLooksAtLane
  \/ ManagerTakesStop
  \/ ManagerTakesSize
  \/ ManagerTakesStart
  \/ ManagerTakesFailedStart
  \/ ManagerTakesJobDone

ManagerReads(i) ==
  \/ ManagerTakesAnswer(i)
  \/ ManagerReaps(i)
  \/ ManagerBlamesTask(i)

Fairness ==
  /\ \A c \in Client :
       /\ WF_vars(ClientPosts(c))
       /\ WF_vars(ClientSeesItStillOpen(c))
       /\ WF_vars(ClientWithdraws(c))
       /\ WF_vars(ClientIsOutrun(c))
       /\ WF_vars(ClientWakesManager(c))
       /\ WF_vars(ClientRevokesItsTicket(c))
       /\ WF_vars(ClientFindsItBegun(c))
       /\ WF_vars(ClientFindsItEndedMeanwhile(c))
       /\ WF_vars(ClientStartsAgain(c))
       /\ WF_vars(ClientAsksToStop(c))
       /\ WF_vars(ClientStops(c))
       /\ WF_vars(ClientComesTooLateToStop(c))
       /\ WF_vars(ClientRequests(c))
       /\ WF_vars(ClientDoesNotWaitForItself(c))
       /\ WF_vars(ClientReturns(c))
  /\ SF_vars(ManagerTakesMessage)
  /\ \A i \in Lane :
       /\ SF_vars(ManagerReads(i))
       /\ WF_vars(ManagerIssues(i))
       /\ WF_vars(ManagerRevokesTickets(i))
       /\ WF_vars(ManagerBreaksWhatIsBegun(i))
       /\ WF_vars(ManagerAsksForStart(i))
       /\ WF_vars(ManagerGivesUpStart(i))
       /\ WF_vars(ManagerDismisses(i))
       /\ WF_vars(ManagerTellsToLeave(i))
       /\ WF_vars(ManagerTerminates(i))
       /\ WF_vars(ManagerTerminatesInVain(i))
       /\ WF_vars(ManagerKills(i))
  /\ \A t \in Task :
       /\ WF_vars(ManagerForgets(t))
       /\ WF_vars(ManagerCancels(t))
       /\ WF_vars(ManagerBreaks(t))
       /\ WF_vars(ManagerForgetsWhatIsDeferred(t))
       /\ WF_vars(ManagerCancelsWhatIsDeferred(t))
       /\ WF_vars(ManagerBreaksWhatIsDeferred(t))
  /\ WF_vars(ManagerAddsThread)
  /\ WF_vars(ManagerEnds)
  /\ WF_vars(ManagerPutsUpTheFlag)
  /\ WF_vars(ManagerLooksAgain)
  /\ WF_vars(ManagerSleeps)
  /\ WF_vars(ManagerWakes)
  /\ \A h \in Thread :
       /\ WF_vars(ThreadTakesJob(h))
       /\ WF_vars(ThreadPickles(h))
       /\ WF_vars(ThreadCannotPickle(h))
       /\ WF_vars(ThreadReads(h))
       /\ WF_vars(ThreadHasCalled(h))
       /\ WF_vars(ThreadFindsNothingToDo(h))
  /\ \A i \in Lane :
       /\ WF_vars(StarterStarts(i))
       /\ WF_vars(WorkerBoots(i))
       /\ WF_vars(WorkerBegins(i))
       /\ WF_vars(WorkerAnswers(i))
       /\ WF_vars(WorkerTakesTheOrder(i))
       /\ WF_vars(WorkerExits(i))
       /\ WF_vars(WorkerIsOrphaned(i))

Spec == Init /\ [][Next]_vars /\ Fairness

-------------------------------------------------------------------------------
(* What must hold in every state *)

Handed(t) == tasks[t].handed = "returned"
Over(t)   == tasks[t].end # "open"

\* It is right that nothing happens any more.  The calls of a callback that is never called in a thread of the pool
\* are not made.
IsNeverCalled(c) == Inside[c] # NOBODY /\ clients[c].call = 1 /\ tasks[Inside[c]].end \in {"cancelled", "open"}
Terminal ==
  IF manager = "dead" THEN \A i \in Lane : ~Alive(lanes[i])
  ELSE manager = "ended" /\ \A c \in Client : At(c, "finished") \/ IsNeverCalled(c)

no_deadlock == Terminal \/ ENABLED Next

future_ends_at_most_once    == \A t \in Task : tasks[t].end # "twice"                                           \* C-01
ended_future_is_notified    == \A t \in Task : Over(t) => tasks[t].notified                               \* C-06, C-07
task_begins_at_most_once    == \A t \in Task : tasks[t].begun <= 1                                              \* C-03
cancelled_task_never_begins == \A t \in Task : tasks[t].end = "cancelled" => tasks[t].begun = 0                 \* C-05
stopped_task_had_begun      == \A t \in Task : tasks[t].end = "stopped" => tasks[t].begun > 0                   \* C-111
refused_task_never_begins   == \A t \in Task : tasks[t].handed = "raised" => tasks[t].begun = 0 /\ ~Over(t)     \* C-18
blamed_task_had_begun      == \A t \in Task : tasks[t].end = "blamed" => tasks[t].begun > 0
outcome_is_an_answers       == \A t \in Task : tasks[t].end = "succeeded" => tasks[t].answered                  \* C-02
answered_task_is_not_blamed == \A t \in Task : tasks[t].end = "blamed" => ~tasks[t].answered                   \* C-78

accepted_future_ends_with_the_pool == manager = "ended" => \A t \in Task : Handed(t) => Over(t)                 \* C-01

\* Unless workers were told to end, there are never more blamed tasks than workers that died (C-79).
death_is_blamed_once ==
  asked < TERMINATE => Cardinality({t \in Task : tasks[t].end = "blamed"})
                         <= Budget.crashes + Budget.tears - budget.crashes - budget.tears

ended_task_has_no_ticket == \A i \in Lane : \A t \in TasksIn(lanes[i].tickets) : ~Over(t)

\* A task that has not begun is in the shared table, or once in one socket or one return buffer.
task_is_in_one_place ==
  \A t \in Task :
    Cardinality(UNION {
      {<<i, "tickets", n>> : n \in {n \in DOMAIN lanes[i].tickets : lanes[i].tickets[n] = t}} \cup
      {<<i, "returned", n>> : n \in {n \in DOMAIN lanes[i].returned : lanes[i].returned[n] = t}} : i \in Lane})
    + (IF tasks[t].unclaimed THEN 1 ELSE 0) <= 1

\* What is booked, not out, not returned and not answered is what the worker runs, or died of: at most one task.
books_show_what_runs ==
  \A i \in Lane : lanes[i].book # <<>> =>
    SelectSeq(lanes[i].book, LAMBDA t : t \notin Range(lanes[i].tickets \o lanes[i].returned \o lanes[i].answers))
      = (IF lanes[i].running = NOBODY THEN <<>> ELSE <<lanes[i].running>>)

never_more_workers_than_allowed ==
  Cardinality({i \in Lane : lanes[i].slot # "empty" \/ Alive(lanes[i])}) <= Most

who_is_full_begins_nothing == \A i \in Lane : ~(lanes[i].full = "memory" /\ lanes[i].worker = "running")          \* C-151
task_limit_is_kept == TaskLimit # 0 => \A i \in Lane : lanes[i].dealt <= TaskLimit

IsEmpty(lane) == lane.slot = "empty" /\ ~Alive(lane) /\ ~Gone(lane)
nothing_outlives_the_pool == manager = "ended" => \A i \in Lane : IsEmpty(lanes[i])

the_end_comes_after_user_code == manager = "ended" => jobs = <<>> /\ \A h \in DOMAIN threads : threads[h] = NOBODY

callback_is_called_once ==                                                                                      \* C-08
  \A t \in Task : tasks[t].called <= 1 /\ (manager = "ended" /\ Handed(t) /\ t \in Callbacks => tasks[t].called = 1)

told_before_called ==                                                                                           \* C-13
  \A t \in Task : (tasks[t].job = "call" \/ tasks[t].called > 0) => (Over(t) /\ tasks[t].notified)

replacing_spares_the_others ==
  Policy = "replace" /\ ~broken /\ asked < TERMINATE => \A t \in Task : tasks[t].end # "broken"

a_row_of_deaths_breaks_the_pool ==                                                                             \* C-135
  Restarts >= 0 /\ ~broken /\ asked < TERMINATE /\ (\A t \in Task : ~tasks[t].answered)
  => Cardinality({t \in Task : tasks[t].end = "blamed"}) <= Restarts

strongest_request_wins ==                                                                                       \* C-43
  level # asked /\ manager # "ended" => \E n \in DOMAIN inbox : inbox[n].note = "requested"

\* When nothing wakes the manager, no task waits, in its list or behind another, while a worker is idle (C-23).
no_task_waits_beside_an_idle_worker ==
  /\ manager = "asleep" /\ inbox = <<>>
  /\ \A i \in Lane : lanes[i].answers = <<>> /\ ~Gone(lanes[i])
  /\ \E i \in Lane : lanes[i].slot = "ready" /\ lanes[i].book = <<>> /\ ~lanes[i].leave /\ lanes[i].full # "dismissed"
  => /\ \A t \in Task : ~(tasks[t].pending /\ tasks[t].unclaimed)
     /\ \A i \in Lane : lanes[i].running > 0 => HasNoTicketsOut(i)

Remaining == Cardinality({i \in Lane : /\ lanes[i].slot # "empty" /\ ~lanes[i].leave /\ lanes[i].signal = "none"
                                       /\ lanes[i].full # "dismissed" /\ ~Gone(lanes[i])})

\* When nothing wakes the manager, none too many remains; who is to leave has what it runs, or its order (C-161).
none_too_many_remains ==
  /\ manager = "asleep" /\ inbox = <<>>
  /\ \A i \in Lane : lanes[i].answers = <<>> /\ ~Gone(lanes[i])
  => /\ Remaining <= size
     /\ \A i \in Lane : lanes[i].full = "dismissed" /\ lanes[i].slot \in {"up", "ready"} /\ ~lanes[i].leave =>
          /\ lanes[i].book # <<>>
          /\ \A t \in TasksIn(lanes[i].tickets) : t = lanes[i].book[1]

\* What is sent ahead of a worker stands by priority; when nothing wakes the manager, nothing higher waits (C-157).
nothing_lower_goes_first ==
  LET Ahead(i)  == {t \in Range(lanes[i].tickets) \cap Task : t # lanes[i].book[1] /\ t \in Range(lanes[i].book)}
      Place(i, t) == CHOOSE n \in DOMAIN lanes[i].tickets : lanes[i].tickets[n] = t
  IN \A i \in Lane : ~Gone(lanes[i]) =>
       /\ \A t, u \in Ahead(i) : Place(i, t) < Place(i, u) => Priority[t] >= Priority[u]
       /\ manager = "asleep" /\ inbox = <<>> /\ (\A j \in Lane : lanes[j].answers = <<>> /\ ~Gone(lanes[j]))
          => \A t \in Ahead(i), u \in Task : tasks[u].pending /\ tasks[u].unclaimed => Priority[t] >= Priority[u]

(* What must hold of every step: of the client, lane, task or thread that takes it.  The MC module asks each by itself. *)

is_refused_only_if_shut(c) == ClientIsRefused(c) => SeesItShut   \* C-17
is_withdrawn_only_if_shut(c) == ClientWithdraws(c) => SeesItShut   \* C-18

Cancelling(c) == Call(c).call \in {"cancel", "stop"}
cancel_finds_an_end_that_is_there(c) == ClientFindsItEnded(c) => (Cancelling(c) => Over(TaskOf(c)))   \* C-05
cancel_fails_only_if_begun(c) == ClientFindsItBegun(c) => (Cancelling(c) => tasks[TaskOf(c)].begun > 0)   \* C-05

\* What a worker's end is blamed on is what it ran when it ended, if it ran anything (C-79).
BlamesWhatRan(lane) ==
  \/ lane.book = (IF lane.running = NOBODY THEN <<>> ELSE <<lane.running>>)
  \/ broken /\ lane.book = <<>>
death_is_blamed_on_what_ran(i) == ManagerBlamesTask(i) => BlamesWhatRan(lanes[i])
ordered_end_is_blamed_on_what_ran(i) == ManagerReaps(i) => BlamesWhatRan(lanes[i])
only_the_ended_is_reaped(i) == ManagerReaps(i) => Gone(lanes[i])   \* C-66, C-96
a_death_is_an_end(i) == ManagerBlamesTask(i) => Gone(lanes[i])

\* A task that has not begun when a cancel request is carried out ends cancelled, whatever dies after (C-88).
a_cancel_outlasts_a_death(t) == ManagerBreaks(t) => level < CANCEL

\* Who submits the task; nobody stands for the one who has submitted what is given.
Submitters(t) == {c \in Client : \E n \in DOMAIN script[c] : script[c][n].call = "submit" /\ script[c][n].task = t}

\* With one worker, tasks of one thread begin in the order of submission; not those pickled late (C-22).
one_worker_begins_in_order(i) ==
  WorkerBegins(i) /\ Most = 1 =>
    LET t == Head(lanes[i].tickets)
    IN \A u \in 1..(t - 1) : Handed(u) /\ Submitters(u) = Submitters(t) =>
         tasks[u].begun > 0 \/ Over(u) \/ Kind[u] \in Late \/ Priority[u] < Priority[t]

what_begins_can_be_pickled(i) ==   \* C-20
  WorkerBegins(i) => Kind[Head(lanes[i].tickets)] \notin {"bad argument", "late bad"}

wait_returns_when_all_is_over(c) ==   \* C-48
  ClientReturns(c) =>
    /\ \A t \in Task : Handed(t) => Over(t) /\ tasks[t].notified
    /\ \A i \in Lane : IsEmpty(lanes[i])

nothing_to_cancel_is_no_future(c) ==   \* C-05
  ClientHasNothingToCancel(c) => tasks[TaskOf(c)].handed \in {"raised", "lost"}
cancel_leaves_what_is_answered(c) == ClientFindsItAnswered(c) => tasks[TaskOf(c)].answered   \* C-05
cancel_finds_the_end_of_meanwhile(c) == ClientFindsItEndedMeanwhile(c) => (Cancelling(c) => Over(TaskOf(c)))   \* C-05
cancel_starts_again_where_it_moved(c) == ClientStartsAgain(c) => TaskOf(c) \notin Range(lanes[clients[c].lane].book)
what_is_over_has_its_outcome(c) ==
  ClientReturns(c) =>
    \A n \in 1..(clients'[c].call - 1) :
      n <= Len(script[c]) /\ script[c][n].call = "submit" => tasks'[script[c][n].task].handed # "not yet"
only_a_callback_leaves_its_wait(c) == ClientDoesNotWaitForItself(c) => Inside[c] # NOBODY /\ At(c, "waiting")   \* C-49
is_cancelled_on_request(t) == ManagerCancels(t) => asked >= CANCEL   \* C-45, C-46
a_cancel_outlasts_a_death_while_pickled(t) == ManagerBreaksWhatIsDeferred(t) => level < CANCEL

\* A worker is ended before its time only where it runs what is to be stopped, or nothing (C-112).
SparesWhoRunsSomethingElse(lane) ==
  level >= TERMINATE \/ broken \/ lane.leave \/ lane.running \in {lane.stop, NOBODY}
who_runs_something_else_is_spared(i) == ManagerTerminates(i) => SparesWhoRunsSomethingElse(lanes[i])
who_runs_something_else_is_not_killed(i) == ManagerKills(i) => SparesWhoRunsSomethingElse(lanes[i])
\* A death breaks the pool under "replace" only as one too many in its row, or as a start that ends the patience.
a_death_breaks_only_in_its_row(i) ==   \* C-84, C-135
  ManagerBlamesTask(i) =>
    (broken' /\ Policy = "replace" => \/ Restarts >= 0 /\ deaths = Restarts
                                      \/ lanes[i].slot # "ready" /\ failures' = Patience)
an_answer_ends_the_row(i) ==   \* C-135
  ManagerTakesAnswer(i) => (Head(lanes[i].answers) \in Range(lanes[i].book) => deaths' = 0)
what_is_to_be_stopped_is_not_blamed(i) == ManagerBlamesTask(i) => lanes[i].stop = NOBODY   \* C-112
stop_finds_an_end_that_is_there(c) == ClientComesTooLateToStop(c) => Over(TaskOf(c))   \* C-111

\* A worker is started only if fewer can still run a task than there are tasks, but for stopped ones (C-67).
a_worker_is_started_for_a_task(i) ==
  ManagerAsksForStart(i) =>
    LET kept == {j \in Lane : lanes[j].signal = "none"} IN
    Cardinality({j \in kept : lanes[j].slot # "empty" /\ ~lanes[j].leave /\ ~Gone(lanes[j])})
      < Cardinality({t \in Task : tasks[t].pending \/ tasks[t].job = "pickle"
                                     \/ \E j \in kept : t \in Range(lanes[j].book) \ {lanes[j].stop}})

\* Whatever the manager issues, nothing that it could have claimed has a higher priority (C-156).
the_highest_is_issued(i) ==
  ManagerIssues(i) =>
    LET t == lanes'[i].book[Len(lanes'[i].book)]
    IN \A u \in Pending : tasks[u].unclaimed => Priority[t] >= Priority[u]

\* A worker that leaves since it was idle is ready and runs nothing, and no ticket is on its way (C-158).
who_is_let_go_is_idle(i) ==
  ManagerLetsAnIdleWorkerGo(i) =>
    /\ lanes[i].slot = "ready" /\ lanes[i].running = NOBODY
    /\ lanes[i].tickets \o lanes[i].returned = <<>>

Staying == Cardinality({j \in Lane : /\ lanes[j].slot # "empty" /\ ~lanes[j].leave /\ lanes[j].signal = "none"
                                     /\ lanes[j].full # "dismissed"})
as_many_stay_as_must(i) == ManagerLetsAnIdleWorkerGo(i) => Staying' >= MinWorkers   \* C-159
\* No worker is let go as idle for which another one would have to be started (C-158).
who_is_let_go_is_not_wanted(i) ==
  ManagerLetsAnIdleWorkerGo(i) =>
    Staying' >= Cardinality({t \in Task : tasks[t].pending \/ tasks[t].job = "pickle"
                              \/ \E j \in Kept : t \in Range(lanes[j].book) \ {lanes[j].stop}})

\* Where more were allowed once, none is started beside as many as are allowed now (C-160).
no_start_makes_one_too_many(i) ==
  ManagerAsksForStart(i) =>
    size = Most \/ Cardinality({j \in Lane : lanes'[j].slot # "empty"}) <= size
who_asks_for_a_size_is_asked_for_one(c) == ClientResizes(c) => At(c, "resizing")   \* C-160
a_size_is_refused_only_if_shut(c) == ClientIsRefusedASize(c) => At(c, "resizing") /\ (closed \/ broken)   \* C-162
the_size_is_what_was_asked_for == ManagerTakesSize => size' = Head(inbox).number   \* C-160
who_is_dismissed_is_too_many(i) == ManagerDismisses(i) => Remaining > Remaining' /\ Remaining' >= size   \* C-161
who_is_dismissed_is_dealt_nothing(i) == ManagerIssues(i) => lanes[i].full # "dismissed"   \* C-161

Known(i) == lanes[i].slot \in {"up", "ready"}
is_told_to_leave_once(i) == ManagerTellsToLeave(i) => LEAVE \notin Range(lanes[i].tickets \o lanes[i].returned)
who_is_told_to_leave_is_known(i) == ManagerTellsToLeave(i) => Known(i)
who_is_reaped_is_known(i) == ManagerReaps(i) => Known(i)
who_ignores_a_signal_is_known(i) == ManagerTerminatesInVain(i) => Known(i)
a_thread_is_added_beside_blocked_ones == ManagerAddsThread => Range(threads) \subseteq Blocking
an_end_is_final_at_a_look == ManagerLooksAgain => manager \notin {"ended", "dead"}
only_the_bad_fail_to_pickle(h) == ThreadCannotPickle(h) => Kind[threads[h]] = "late bad"   \* C-20

\* All of them together: who has not changed has taken no step, so nothing is asked of it.  TLC needs a fraction of the
\* time; which one fails, each by itself says.
no_step_is_wrong ==
  [][/\ \A c \in Client : clients'[c] # clients[c] =>
          /\ is_refused_only_if_shut(c)
          /\ is_withdrawn_only_if_shut(c)
          /\ cancel_finds_an_end_that_is_there(c)
          /\ cancel_fails_only_if_begun(c)
          /\ wait_returns_when_all_is_over(c)
          /\ nothing_to_cancel_is_no_future(c)
          /\ cancel_leaves_what_is_answered(c)
          /\ cancel_finds_the_end_of_meanwhile(c)
          /\ cancel_starts_again_where_it_moved(c)
          /\ what_is_over_has_its_outcome(c)
          /\ only_a_callback_leaves_its_wait(c)
          /\ stop_finds_an_end_that_is_there(c)
          /\ who_asks_for_a_size_is_asked_for_one(c)
          /\ a_size_is_refused_only_if_shut(c)
     /\ \A i \in Lane : lanes'[i] # lanes[i] =>
          /\ death_is_blamed_on_what_ran(i)
          /\ ordered_end_is_blamed_on_what_ran(i)
          /\ only_the_ended_is_reaped(i)
          /\ a_death_is_an_end(i)
          /\ one_worker_begins_in_order(i)
          /\ what_begins_can_be_pickled(i)
          /\ who_runs_something_else_is_spared(i)
          /\ who_runs_something_else_is_not_killed(i)
          /\ a_death_breaks_only_in_its_row(i)
          /\ an_answer_ends_the_row(i)
          /\ what_is_to_be_stopped_is_not_blamed(i)
          /\ a_worker_is_started_for_a_task(i)
          /\ the_highest_is_issued(i)
          /\ who_is_let_go_is_idle(i)
          /\ as_many_stay_as_must(i)
          /\ who_is_let_go_is_not_wanted(i)
          /\ no_start_makes_one_too_many(i)
          /\ who_is_dismissed_is_too_many(i)
          /\ who_is_dismissed_is_dealt_nothing(i)
          /\ is_told_to_leave_once(i)
          /\ who_is_told_to_leave_is_known(i)
          /\ who_is_reaped_is_known(i)
          /\ who_ignores_a_signal_is_known(i)
     /\ \A t \in Task : tasks'[t] # tasks[t] =>
          /\ a_cancel_outlasts_a_death(t)
          /\ is_cancelled_on_request(t)
          /\ a_cancel_outlasts_a_death_while_pickled(t)
     /\ \A h \in Thread : only_the_bad_fail_to_pickle(h)
     /\ the_size_is_what_was_asked_for
     /\ a_thread_is_added_beside_blocked_ones
     /\ an_end_is_final_at_a_look]_vars

-------------------------------------------------------------------------------
(***************************************************************************)
(* What must happen at last.  Where the parent dies, nothing more is owed  *)
(* but that its workers end.                                               *)
(*                                                                         *)
(* The model says P ~> Q.  Here it is []<>(P => Q), and a claim about      *)
(* steps beside it: what is owed stays owed until it is paid.  Together    *)
(* they say the same: if P is true and Q is never true again, then P stays *)
(* true, so P => Q is false from there on; and a run in which it is is one *)
(* in which P was true and Q never came.  TLC keeps one graph for all      *)
(* claims of the second form, and one for each claim of the first.         *)
(***************************************************************************)

ParentIsDead == manager = "dead"
Endless == {t \in Task : Kind[t] = "endless"}
WithinACall == {"gated", "posted", "found", "begun", "asked", "closed", "waking"}

accepted_task_ends ==                                                                                     \* C-01, C-07
  \A t \in Task \ Endless : []<>(Handed(t) => ParentIsDead \/ (Over(t) /\ tasks[t].notified))

endless_task_ends_on_demand ==                                                                            \* C-53, C-54
  \A t \in Endless : []<>(Handed(t) /\ asked >= TERMINATE => ParentIsDead \/ Over(t))

stopped_task_runs_no_more ==                                                                                   \* C-111
  \A t \in Task :
    []<>(tasks[t].end = "stopped" => ParentIsDead \/ \A i \in Lane : ~(lanes[i].running = t /\ Alive(lanes[i])))

\* To begin a call from a callback is the client's choice: every such client has begun its last call.
CallbacksHaveCalled ==
  \A c \in Client :
    \/ Inside[c] = NOBODY \/ At(c, "finished")
    \/ clients[c].call = Len(script[c]) /\ clients[c].step \notin {"submitting", "cancelling", "closing", "resizing"}

\* A callback that waits for the other futures is owed nothing before these were handed out.
IsToBeCalled(t) ==
  tasks[t].job = "call" /\ CallbacksHaveCalled /\ (t \in Blocking => \A u \in Task : Handed(u))
callback_of_task_is_called ==                                                                                   \* C-08
  \A t \in Callbacks : []<>(IsToBeCalled(t) => ParentIsDead \/ tasks[t].called > 0)

call_of_client_returns == \A c \in Client : []<>(clients[c].step \notin WithinACall)                      \* C-16, C-47
wait_of_client_returns == \A c \in Client : []<>(CallbacksHaveCalled => ~At(c, "waiting"))                \* C-48, C-50
request_ends_the_pool ==                                                                                        \* C-50
  []<>(asked >= DRAIN /\ CallbacksHaveCalled => ParentIsDead \/ manager = "ended")
strong_request_ends_the_pool == []<>(asked >= TERMINATE => ParentIsDead \/ manager = "ended")             \* C-50, C-53
dead_worker_is_reaped == \A i \in Lane : []<>(~Gone(lanes[i]) \/ ParentIsDead)                            \* C-76, C-77
too_many_are_dismissed == []<>(Remaining <= size \/ ParentIsDead)                                              \* C-161
orphan_ends == \A i \in Lane : []<>(ParentIsDead => ~Alive(lanes[i]))                                           \* C-97

\* Who waits is let return after the parent's death too: so the first line asks of every step.
what_is_owed_stays_owed ==
  [][/\ \A c \in Client :
          At(c, "waiting") /\ CallbacksHaveCalled => CallbacksHaveCalled' \/ ~At(c, "waiting")'
     /\ \/ ParentIsDead'
        \/ /\ ~ParentIsDead
           /\ \A t \in Task : Handed(t) => Handed(t)'
           /\ \A t \in Task : tasks[t].end = "stopped" => tasks'[t].end = "stopped"
           /\ \A t \in Callbacks : IsToBeCalled(t) => IsToBeCalled(t)' \/ tasks'[t].called > 0
           /\ CallbacksHaveCalled => CallbacksHaveCalled'
           /\ asked <= asked']_vars
===============================================================================
