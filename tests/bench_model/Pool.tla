-------------------------------- MODULE Pool --------------------------------
(* The benchmark's model, as tests/bench_model/pool.py has it: the same actions, the same atomicity, the same claims.  *)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS Tasks, Workers, None, Idle, Exited, Dead, NotYet, NoWait, Wait

VARIABLES task, worker, shutdown, cancels, broken, ended, returned

vars == <<task, worker, shutdown, cancels, broken, ended, returned>>

Open == {"pending", "queued", "running", "answered"}
Phases == Open \cup {"new", "done", "cancelled", "broken"}

TypeOK == /\ task \in [Tasks -> Phases]
          /\ worker \in [Workers -> Tasks \cup {Idle, Exited, Dead}]
          /\ shutdown \in {NotYet, NoWait, Wait}
          /\ {cancels, broken, ended, returned} \subseteq BOOLEAN

Init == /\ task = [t \in Tasks |-> "new"]
        /\ worker = [w \in Workers |-> Idle]
        /\ shutdown = NotYet
        /\ cancels = FALSE /\ broken = FALSE /\ ended = FALSE /\ returned = FALSE

NoneOpen == \A t \in Tasks : task[t] \notin Open
Alive(w) == worker[w] \in Tasks \cup {Idle}
NoneAlive == \A w \in Workers : ~Alive(w)
Queued == Cardinality({t \in Tasks : task[t] = "queued"})

Task(t, phase) == /\ task' = [task EXCEPT ![t] = phase]
                  /\ UNCHANGED <<worker, shutdown, cancels, broken, ended, returned>>
Worker(w, what) == /\ worker' = [worker EXCEPT ![w] = what]
                   /\ UNCHANGED <<task, shutdown, cancels, broken, ended, returned>>

-----------------------------------------------------------------------------

ClientSubmits(t) == shutdown = NotYet /\ ~broken /\ task[t] = "new" /\ Task(t, "pending")
ClientCancels(t) == ~ended /\ task[t] = "pending" /\ Task(t, "cancelled")
ClientShutsDown(kind, cancel) == /\ shutdown = NotYet
                                 /\ shutdown' = kind /\ cancels' = cancel
                                 /\ UNCHANGED <<task, worker, broken, ended, returned>>
ClientReturns == /\ ~returned
                 /\ shutdown = NoWait \/ (shutdown = Wait /\ ended)
                 /\ returned' = TRUE
                 /\ UNCHANGED <<task, worker, shutdown, cancels, broken, ended>>

ManagerFeeds(t) == /\ ~ended /\ ~broken /\ task[t] = "pending" /\ Queued <= Cardinality(Workers)
                   /\ Task(t, "queued")
ManagerCollects(t) == ~ended /\ task[t] = "answered" /\ Task(t, "done")
ManagerCancels(t) == ~ended /\ ~broken /\ cancels /\ task[t] = "pending" /\ Task(t, "cancelled")
ManagerSeesTheCrash == /\ ~ended /\ ~broken /\ Dead \in {worker[w] : w \in Workers} \* one step, however many are dead
                       /\ broken' = TRUE
                       /\ UNCHANGED <<task, worker, shutdown, cancels, ended, returned>>
ManagerBreaks(t) == ~ended /\ broken /\ task[t] \in Open /\ Task(t, "broken")
ManagerKills(w) == ~ended /\ broken /\ Alive(w) /\ NoneOpen /\ Worker(w, Dead)
Ends == /\ ~ended /\ NoneAlive /\ NoneOpen
        /\ ended' = TRUE
        /\ UNCHANGED <<task, worker, shutdown, cancels, broken, returned>>
ManagerEnds == shutdown # NotYet /\ ~broken /\ Ends
ManagerEndsBroken == broken /\ Ends

WorkerTakes(w, t) == /\ worker[w] = Idle /\ task[t] = "queued"
                     /\ worker' = [worker EXCEPT ![w] = t]
                     /\ task' = [task EXCEPT ![t] = "running"]
                     /\ UNCHANGED <<shutdown, cancels, broken, ended, returned>>
WorkerAnswers(w) == /\ worker[w] \in Tasks
                    /\ worker' = [worker EXCEPT ![w] = Idle]
                    /\ task' = IF task[worker[w]] = "running" THEN [task EXCEPT ![worker[w]] = "answered"] ELSE task
                    /\ UNCHANGED <<shutdown, cancels, broken, ended, returned>>
WorkerExits(w) == shutdown # NotYet /\ ~broken /\ worker[w] = Idle /\ NoneOpen /\ Worker(w, Exited)
WorkerCrashes(w) == Alive(w) /\ Worker(w, Dead)

Next == \/ \E t \in Tasks : \/ ClientSubmits(t) \/ ClientCancels(t) \/ ManagerFeeds(t) \/ ManagerCollects(t)
                            \/ ManagerCancels(t) \/ ManagerBreaks(t)
        \/ \E kind \in {NoWait, Wait}, cancel \in BOOLEAN : ClientShutsDown(kind, cancel)
        \/ \E w \in Workers : \/ ManagerKills(w) \/ WorkerAnswers(w) \/ WorkerExits(w) \/ WorkerCrashes(w)
                              \/ \E t \in Tasks : WorkerTakes(w, t)
        \/ ClientReturns \/ ManagerSeesTheCrash \/ ManagerEnds \/ ManagerEndsBroken

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

At(w) == worker[w] \in Tasks
WorkersRunTheirOwn == \A v, w \in Workers : At(v) /\ worker[v] = worker[w] => v = w
WhatIsRunHasBegun == \A w \in Workers : At(w) => task[worker[w]] \in {"running", "broken"}
QueueIsBounded == Queued <= Cardinality(Workers) + 1
TheEndLeavesNothingOpen == ended => NoneOpen
AWaitReturnsAfterTheEnd == returned /\ shutdown = Wait => ended
NoDeadlock == (ended /\ returned) \/ ENABLED Next

Symmetry == Permutations(Tasks) \cup Permutations(Workers)
=============================================================================
