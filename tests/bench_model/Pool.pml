/* The benchmark's model for SPIN, as pool.py and Pool.tla have it: the same actions, the same atomicity, the same claims.

   spin -a -DWORKERS=3 -DTASKS=4 Pool.pml. Each action is one d_step of one process, so a state is one of the graph's. The
   claims are asked after each step, since a second process or a never claim would make other states. */

#define NEW       0 /* what becomes of a task */
#define PENDING   1
#define QUEUED    2
#define RUNNING   3
#define ANSWERED  4
#define DONE      5
#define CANCELLED 6
#define BROKEN    7

#define IDLE   TASKS /* a worker, if it is at no task */
#define EXITED (TASKS + 1)
#define DEAD   (TASKS + 2)

#define NOT_YET 0
#define NO_WAIT 1
#define WAIT    2

byte task[TASKS], worker[WORKERS] = IDLE;
byte shutdown = NOT_YET;
bool cancels, broken, ended, returned;

#if TASKS == 1
#define ALL_TASKS(of)  (of(0))
#define EACH_TASK(do1) do1(0)
#define AT_EACH_TASK(w, do2) do2(w, 0)
#define COUNT(phase)   (task[0] == phase)
#elif TASKS == 2
#define ALL_TASKS(of)  (of(0) && of(1))
#define EACH_TASK(do1) do1(0) do1(1)
#define AT_EACH_TASK(w, do2) do2(w, 0) do2(w, 1)
#define COUNT(phase)   ((task[0] == phase) + (task[1] == phase))
#elif TASKS == 3
#define ALL_TASKS(of)  (of(0) && of(1) && of(2))
#define EACH_TASK(do1) do1(0) do1(1) do1(2)
#define AT_EACH_TASK(w, do2) do2(w, 0) do2(w, 1) do2(w, 2)
#define COUNT(phase)   ((task[0] == phase) + (task[1] == phase) + (task[2] == phase))
#else
#define ALL_TASKS(of)  (of(0) && of(1) && of(2) && of(3))
#define EACH_TASK(do1) do1(0) do1(1) do1(2) do1(3)
#define AT_EACH_TASK(w, do2) do2(w, 0) do2(w, 1) do2(w, 2) do2(w, 3)
#define COUNT(phase)   ((task[0] == phase) + (task[1] == phase) + (task[2] == phase) + (task[3] == phase))
#endif

#if WORKERS == 1
#define ALL_WORKERS(of)  (of(0))
#define EACH_WORKER(do1) do1(0)
#define APART            (true)
#elif WORKERS == 2
#define ALL_WORKERS(of)  (of(0) && of(1))
#define EACH_WORKER(do1) do1(0) do1(1)
#define APART            (worker[0] != worker[1] || !AT(0))
#else
#define ALL_WORKERS(of)  (of(0) && of(1) && of(2))
#define EACH_WORKER(do1) do1(0) do1(1) do1(2)
#define APART            ((worker[0] != worker[1] || !AT(0)) && (worker[0] != worker[2] || !AT(0)) && \
                          (worker[1] != worker[2] || !AT(1)))
#endif

#define AT(w)       (worker[w] < TASKS)
#define ALIVE(w)    (worker[w] <= IDLE)
#define GONE(w)     (worker[w] > IDLE)
#define LIVES(w)    (worker[w] != DEAD)
#define OPEN(t)     (task[t] >= PENDING && task[t] <= ANSWERED)
#define CLOSED(t)   (!OPEN(t))
#define BEGUN(w)    (!AT(w) || task[worker[w]] == RUNNING || task[worker[w]] == BROKEN)
#define NONE_OPEN   ALL_TASKS(CLOSED)
#define NONE_ALIVE  ALL_WORKERS(GONE)
#define ONE_IS_DEAD (!ALL_WORKERS(LIVES))

#define CLAIMS \
  assert(APART); assert(ALL_WORKERS(BEGUN)); assert(COUNT(QUEUED) <= WORKERS + 1); \
  assert(!ended || NONE_OPEN); assert(!(returned && shutdown == WAIT) || ended)

#define ACTION(guard, effect) :: d_step { (guard) -> effect; CLAIMS }

#define CLIENT_SUBMITS(t)   ACTION(shutdown == NOT_YET && !broken && task[t] == NEW, task[t] = PENDING)
#define CLIENT_CANCELS(t)   ACTION(!ended && task[t] == PENDING, task[t] = CANCELLED)
#define SHUTS_DOWN(how, c)  ACTION(shutdown == NOT_YET, shutdown = how; cancels = c)
#define MANAGER_FEEDS(t)    ACTION(!ended && !broken && task[t] == PENDING && COUNT(QUEUED) <= WORKERS, task[t] = QUEUED)
#define MANAGER_COLLECTS(t) ACTION(!ended && task[t] == ANSWERED, task[t] = DONE)
#define MANAGER_CANCELS(t)  ACTION(!ended && !broken && cancels && task[t] == PENDING, task[t] = CANCELLED)
#define MANAGER_BREAKS(t)   ACTION(!ended && broken && OPEN(t), task[t] = BROKEN)
#define MANAGER_KILLS(w)    ACTION(!ended && broken && ALIVE(w) && NONE_OPEN, worker[w] = DEAD)
#define WORKER_TAKES(w, t)  ACTION(worker[w] == IDLE && task[t] == QUEUED, worker[w] = t; task[t] = RUNNING)
#define OF_A_WORKER(w)      AT_EACH_TASK(w, WORKER_TAKES)
#define ANSWER(w) \
  if :: task[worker[w]] == RUNNING -> task[worker[w]] = ANSWERED :: else fi; worker[w] = IDLE
#define WORKER_ANSWERS(w)   ACTION(AT(w), ANSWER(w))
#define WORKER_EXITS(w)     ACTION(shutdown != NOT_YET && !broken && worker[w] == IDLE && NONE_OPEN, worker[w] = EXITED)
#define WORKER_CRASHES(w)   ACTION(ALIVE(w), worker[w] = DEAD)

active proctype pool() {
  do
  EACH_TASK(CLIENT_SUBMITS)
  EACH_TASK(CLIENT_CANCELS)
  SHUTS_DOWN(NO_WAIT, false) SHUTS_DOWN(NO_WAIT, true) SHUTS_DOWN(WAIT, false) SHUTS_DOWN(WAIT, true)
  ACTION(!returned && (shutdown == NO_WAIT || (shutdown == WAIT && ended)), returned = true)
  EACH_TASK(MANAGER_FEEDS)
  EACH_TASK(MANAGER_COLLECTS)
  EACH_TASK(MANAGER_CANCELS)
  ACTION(!ended && !broken && ONE_IS_DEAD, broken = true)
  EACH_TASK(MANAGER_BREAKS)
  EACH_WORKER(MANAGER_KILLS)
  ACTION(!ended && shutdown != NOT_YET && !broken && NONE_ALIVE && NONE_OPEN, ended = true)
  ACTION(!ended && broken && NONE_ALIVE && NONE_OPEN, ended = true)
  EACH_WORKER(OF_A_WORKER)
  EACH_WORKER(WORKER_ANSWERS)
  EACH_WORKER(WORKER_EXITS)
  EACH_WORKER(WORKER_CRASHES)
  od
}
