"""The processes that make up a running moddog, and supervisor's configuration for them."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from moddog_site.embedded.account import Account
from moddog_site.embedded.home import Home
from moddog_site.variables import PROJECT

LAUNCHER = Path(__file__).with_name("launcher.py")
CELERY = ("celery", "-A", "moddog_site.celery")
GPUS = Path("/proc/driver/nvidia/gpus")
WEB_THREADS = 192
"""Of the one web process: a caller who waits for a verdict holds one of them, and no database connection."""
PATIENCE = 20  # seconds that a process gets to end by itself


@dataclass(frozen=True)
class Program:
    """One process under supervisor. Lower `rank` stops later; the same rank stops together."""

    name: str
    command: list[str]
    rank: int
    stop_signal: str = "TERM"
    account: Account | None = None
    survives: int = 2  # seconds after which a process counts as up; one that ends sooner is restarted ever later
    gpu: int | None = None  # the one that it sees


def application_programs(host: str, port: int, run: Path) -> list[Program]:
    """Web, workers, deliveries and beat."""
    granian = ["granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
    granian += ["--blocking-threads", str(WEB_THREADS), "--no-ws", "moddog_site.wsgi:application"]
    beat = [*CELERY, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(run / "beat-schedule")]
    return [
        Program("web", python_module(*granian), rank=30),
        *inference_programs(gpu_count()),
        Program("default", celery_worker("default", "default", pool="threads"), rank=30),
        Program("deliveries", [sys.executable, str(PROJECT / "manage.py"), "deliver"], rank=30),
        Program("beat", python_module(*beat), rank=30),
    ]


def inference_programs(gpus: int) -> list[Program]:
    """One worker for each GPU, which alone sees it; one on whatever there is where there are fewer than two."""
    if gpus < 2:
        return [Program("inference", celery_worker("inference", "inference", pool="solo"), rank=30)]
    return [
        Program(
            f"inference-{gpu}",
            celery_worker("inference", "inference", pool="solo", host=f"moddog-{gpu}"),
            rank=30,
            gpu=gpu,
        )
        for gpu in range(gpus)
    ]


def gpu_count(folder: Path = GPUS) -> int:
    """How many GPUs NVIDIA's driver lists, without loading torch."""
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def celery_worker(kind: str, queues: str, *, pool: str, host: str = "moddog") -> list[str]:
    """A worker on `queues`. It names itself by its kind, which is what its heartbeats say."""
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    threads = ["--concurrency", "4"] if pool == "threads" else []
    worker = ["worker", "--loglevel", "INFO", *quiet, "--pool", pool, *threads, "-Q", queues, "-n", f"{kind}@{host}"]
    return python_module(*CELERY, *worker)


def python_module(*arguments: str) -> list[str]:
    """A command of this Python for a module and its arguments."""
    return [sys.executable, "-m", *arguments]


def launched(command: list[str], stop_signal: str, account: Account | None = None) -> list[str]:
    """`command`, ended by `stop_signal` when its parent ends, under `account` unless that is this user."""
    identity = "-" if account is None or account.is_own else f"{account.uid}:{account.gid}"
    return [sys.executable, "-S", "-E", str(LAUNCHER), stop_signal, identity, *command]


def configuration(home: Home, programs: list[Program]) -> str:
    """Supervisor's configuration file. Nothing starts by itself: `up` says what, in which order."""
    user = "user=root\n" if os.geteuid() == 0 else ""
    head = f"""\
[supervisord]
nodaemon=true
silent=true
umask=077
logfile={_escape(home.logs / "supervisor.log")}
logfile_maxbytes=1MB
logfile_backups=1
pidfile={_escape(home.sockets / "supervisor.pid")}
childlogdir={_escape(home.logs)}
{user}
[unix_http_server]
file={_escape(home.supervisor_socket)}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_section(home, program) for program in programs) + _groups(programs)


def _section(home: Home, program: Program) -> str:
    return f"""
[program:{program.name}]
command={_escape(shlex.join(launched(program.command, program.stop_signal, program.account)))}
directory={_escape(PROJECT)}
autostart=false
autorestart=true
startsecs={program.survives}
startretries=1000000
stopsignal={program.stop_signal}
stopwaitsecs={PATIENCE}
killasgroup=true
redirect_stderr=true
{_seen_gpu(program)}stdout_logfile={_escape(home.logs / program.name)}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
"""


def _seen_gpu(program: Program) -> str:
    return "" if program.gpu is None else f'environment=CUDA_VISIBLE_DEVICES="{program.gpu}"\n'


def _groups(programs: list[Program]) -> str:
    """A group for each rank, because supervisor stops the groups one after the other and their members at once."""
    ranks = sorted({program.rank for program in programs})
    members = {rank: ",".join(program.name for program in programs if program.rank == rank) for rank in ranks}
    return "".join(f"\n[group:rank{rank}]\nprograms={members[rank]}\npriority={rank}\n" for rank in ranks)


def _escape(text: object) -> str:
    return str(text).replace("%", "%%")
