"""A Slurm of one node on this machine, without systemd, cgroups or accounting: for tests and measurements.

python -m tests.cluster.mini_slurm    until Ctrl-C

Needs root and Debian's packages slurm-wlm and munge. The node pretends to have eight cores and two GPUs (device
files that are copies of /dev/null), so that more jobs start at a time than the machine is fit for.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

# The Slurm plugin takes SLURM_CONF out of the jobs' environment: the configuration has to lie where Slurm looks for it.
SYSTEM = Path("/etc/slurm")
FILES = ("slurm.conf", "gres.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "scontrol", "squeue", "sbatch", "sdiag", "srun", "setpriv")
PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))  # daemons lie there

CONFIG = """\
ClusterName=mini
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=1
MinJobAge=3600
MessageTimeout=60
SchedulerParameters=sched_interval=2,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=16000 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Why no Slurm can be started here, or None where it can."""
    if os.geteuid() != 0:
        return "needs root, to start Slurm's daemons"
    absent = [name for name in PROGRAMS if shutil.which(name, path=PATH) is None]
    if absent:
        return f"needs Debian's packages slurm-wlm and munge ({', '.join(absent)} not found)"
    if any(_in_use(SYSTEM / name) for name in FILES):
        return f"{SYSTEM} configures a Slurm already"
    return None


def _in_use(path: Path) -> bool:
    """Whether a file of Slurm's configuration is somebody's; a link that a killed test has left is nobody's."""
    if not path.is_symlink():
        return path.exists()
    try:
        os.kill(int((path.readlink().parent / "slurmctld.pid").read_text()), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


@dataclass(frozen=True)
class MiniSlurm:
    """A running Slurm. folder: its state and logs. node: the name of its one node. daemons: by their programs."""

    folder: Path
    node: str
    daemons: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def start(self, name: str, *options: str) -> None:
        """Start a daemon in the foreground, so that it is this process that knows it, stops it, and takes it along."""
        program = shutil.which(name, path=PATH)
        assert program is not None
        with (self.folder / f"{name}.out").open("ab") as output:
            self.daemons[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", program, *options],
                stdout=output,
                stderr=output,
                cwd=self.folder,
            )

    def power_on(self) -> None:
        """Start the node."""
        self.start("slurmd", "-D", "-N", self.node)

    def power_off(self) -> None:
        """End everything on the node at once, as a power failure does. Slurm is not told."""
        self.daemons["slurmd"].kill()
        self.daemons["slurmd"].wait()
        wait_until(lambda: not self._kill_jobs(), "no process left on the node", seconds=60)

    def _kill_jobs(self) -> int:
        """Kill the processes that manage jobs on this node, and the jobs'; how many there were."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess):
                if process.name() == "slurmstepd" and self._is_ours(process):
                    found += [process, *process.children(recursive=True)]
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return len(found)

    def _is_ours(self, process: psutil.Process) -> bool:
        return process.status() != psutil.STATUS_ZOMBIE and process.cwd() == str(self.folder)

    def logs(self, lines: int = 30) -> str:
        """The ends of the controller's and the node's logs."""
        found = [self.folder / "slurmctld.log", self.folder / "slurmd.log"]
        ends = {
            path.name: path.read_text(errors="replace").splitlines()[-lines:]
            for path in found
            if path.exists()
        }
        return "\n".join(line for name, end in ends.items() for line in (f"--- {name}", *end))

    def set_node(self, state: str) -> None:
        """`scontrol update` of the node: DRAIN, DOWN (its jobs fail or are queued again) or RESUME."""
        reason = [] if state == "RESUME" else ["Reason=test"]
        run("scontrol", "update", f"NodeName={self.node}", f"State={state}", *reason)

    def node_state(self) -> str:
        return run("sinfo", "--noheader", "--format=%T").strip()

    def has_given_up(self) -> bool:
        """Whether the controller has nothing left to tell a node: it tries for ten seconds to reach one that is off.

        What is told late is obeyed: a message that a job has to end would end the job's second run.
        """
        for wait in (0, 1):  # twice, since between its queue and its sender a message is in neither count
            time.sleep(wait)
            counts = re.findall(r"^Agent (?:queue size|count): +(\d+)$", run("sdiag"), re.MULTILINE)
            if counts != ["0", "0"]:
                return False
        return True

    def start_now(self, job_id: str) -> None:
        """Do away with the two minutes that Slurm waits before it starts a job that it has queued again."""
        run("scontrol", "update", f"JobId={job_id}", "StartTime=now")

    def jobs(self) -> list[dict[str, str]]:
        """Every job since the start, oldest first, as `scontrol show job` describes it."""
        text = run("scontrol", "--oneliner", "--detail", "show", "job")
        found = [dict(f.split("=", 1) for f in line.split() if "=" in f) for line in text.splitlines()]
        return sorted((job for job in found if "JobId" in job), key=lambda job: int(job["JobId"]))


def run(*command: str) -> str:
    """Output of a Slurm command.

    Raises
    ------
    subprocess.CalledProcessError : it failed.
    """
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, env={**os.environ, "PATH": PATH}
    )
    return done.stdout


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = 120) -> None:
    """Return when `condition` holds; TimeoutError naming `what` when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.2)


@contextmanager
def mini_slurm(folder: Path) -> Iterator[MiniSlurm]:
    """Start Slurm with its files in the empty `folder`; stop it, and the jobs it runs, at the end of the block.

    Until then, SIGTERM ends the block as Ctrl-C does. Call it in the main thread.
    """
    if (reason := why_not()) is not None:
        raise RuntimeError(f"no Slurm here: {reason}")
    slurm = MiniSlurm(folder, socket.gethostname().split(".")[0])
    usual = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _configure(folder, slurm.node)
        slurm.start(*_munged(folder))
        wait_until((folder / "munge/socket").exists, "munged's socket")
        slurm.start("slurmctld", "-D", "-c")
        slurm.power_on()
        wait_until(lambda: _idle(slurm), "an idle node")
        yield slurm
    finally:
        try:
            if "slurmd" in slurm.daemons:
                slurm.power_off()
        finally:
            _clear_away(slurm)
            signal.signal(signal.SIGTERM, usual)


def _clear_away(slurm: MiniSlurm) -> None:
    """Stop the daemons and remove the links to the configuration."""
    for daemon in reversed(slurm.daemons.values()):
        _stop(daemon)
    for name in FILES:
        if (SYSTEM / name).is_symlink() and (SYSTEM / name).readlink().parent == slurm.folder:
            (SYSTEM / name).unlink()


def _configure(folder: Path, host: str) -> None:
    """Write the configuration, its pretended GPUs and a key of its own, and link it to where Slurm looks."""
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir(parents=True, mode=0o755)
    for i in range(2):
        os.mknod(folder / f"gpu{i}", 0o20666, os.makedev(1, 3))
    key = folder / "munge/key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    (folder / "slurm.conf").write_text(CONFIG.format(folder=folder, host=host, ports=_free_ports(2)))
    (folder / "gres.conf").write_text(f"NodeName={host} Name=gpu File={folder}/gpu[0-1]\n")
    SYSTEM.mkdir(exist_ok=True)
    for name in FILES:
        (SYSTEM / name).unlink(missing_ok=True)  # a killed test's
        (SYSTEM / name).symlink_to(folder / name)


def _munged(folder: Path) -> tuple[str, ...]:
    """munged as root with everything in `folder`: the system's own, if any, is left alone."""
    names = {"socket": "socket", "key-file": "key", "log-file": "log", "pid-file": "pid", "seed-file": "seed"}
    options = [f"--{option}={folder}/munge/{name}" for option, name in names.items()]
    return ("munged", "--force", "--foreground", *options)


def _free_ports(n: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _stop(daemon: "subprocess.Popen[bytes]") -> None:
    daemon.terminate()
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _idle(slurm: MiniSlurm) -> bool:
    try:
        return slurm.node_state() == "idle"
    except subprocess.CalledProcessError:  # the controller does not listen yet
        return False


def main() -> None:
    """Run a Slurm until interrupted."""
    if (reason := why_not()) is not None:
        sys.exit(f"no Slurm here: {reason}")
    with tempfile.TemporaryDirectory(prefix="mini-slurm-") as folder, mini_slurm(Path(folder)) as slurm:
        print(f"node {slurm.node} with two pretended GPUs; Ctrl-C stops it")
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
