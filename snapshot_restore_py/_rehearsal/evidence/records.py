"""What a rehearsal saw: the phases of the function's life, and what its processes held.

Engines fill these records, findings and reports read them. Nothing here judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class PluginRow:
    """A plugin of the function. `error` is one line, None if it did not fail."""

    name: str
    distribution: str
    version: str
    status: str
    error: str | None


@dataclass(frozen=True)
class HookPlace:
    """A registered hook, and where its code is.

    Attributes:
        name: As in `module.function`.
        plugin: The entry point's name of its plugin; None if it is explicit.
        file: The file of its code; None if it has none.
        line: The line in it; None if it has none.
    """

    name: str
    plugin: str | None
    file: str | None
    line: int | None


@dataclass(frozen=True)
class HookRun:
    """A hook that was run.

    Attributes:
        name: As in `module.function`.
        plugin: The entry point's name of its plugin; None if it is explicit.
        location: File and line of its code, as in `app.py:12`; None if it has none.
        seconds: How long it took.
        error: What it raised, in one line; None if it did not.
    """

    name: str
    plugin: str | None
    location: str | None
    seconds: float
    error: str | None

    @property
    def place(self) -> str:
        """Where it stands: file and line, or its name where that is all."""
        return self.location or self.name

    @property
    def origin(self) -> str:
        """Who has registered it, in words."""
        return f"of plugin {self.plugin}" if self.plugin else "registered explicitly"


@dataclass(frozen=True)
class Failure:
    """An exception; attributes as `inside.failures.facts` tells them."""

    error: str
    names: Sequence[str]
    reach: str
    server: str

    @property
    def name(self) -> str:
        """The name of its class, without that of the module."""
        return self.error.partition(":")[0]

    def is_one_of(self, expected: Iterable[str]) -> bool:
        """Tell whether one of the names is its class's or a base's, dotted or bare."""
        names = {one for name in self.names for one in (name, name.rpartition(".")[2])}
        return not names.isdisjoint(expected)


@dataclass(frozen=True)
class Phase:
    """A phase of the function's life in one process; the init has no hooks."""

    seconds: float
    hooks: tuple[HookRun, ...] = ()


@dataclass(frozen=True)
class Invocation:
    """One run of the handler in a restore.

    Attributes:
        seconds: How long it took.
        result: What it returned, as JSON holds it; None if it failed, or nobody asks.
        error: Why it failed, in one line; None if it did not.
    """

    seconds: float
    result: Any
    error: str | None


@dataclass(frozen=True)
class Output:
    """What the function wrote to its standard output and standard error in one phase.

    Attributes:
        origin: Where it came from, as in `init`, or `restore 2, handler`.
        text: What it wrote, as far as it was kept.
        cut: How many bytes were left out at the end.
    """

    origin: str
    text: str
    cut: int


@dataclass(frozen=True)
class Value:
    """A value as one process saw it; attributes as in `inside.values.Value`."""

    kind: str
    digest: str
    bare: str
    shown: str
    number: float | None
    group: str
    library: bool = False
    timeless: str = ""


@dataclass(frozen=True)
class Connection:
    """A connection that is open; attributes as in `inside.connections.Connection`."""

    kind: str
    peer: str
    local: str
    holder: str
    root: str
    closing: str
    modules: Sequence[str] = ()


@dataclass(frozen=True)
class Expiring:
    """Something that was made at the init and ends; attributes as in `inside.expiring`."""

    kind: str
    path: str
    end: float | None
    mark: str
    digests: Sequence[str]
    size: int
    holder: str
    is_guarded: bool

    @property
    def holders(self) -> list[str]:
        """The paths of objects all of whose values belong to it."""
        return [one for one in (self.path, self.holder) if one]


@dataclass(frozen=True)
class Read:
    """A place in the function's own code that reads a variable which is another one in Lambda."""

    variable: str
    file: str
    line: int


@dataclass(frozen=True)
class Pending:
    """A module that is imported lazily and has not been loaded.

    Attributes:
        module: Its name.
        file: Its file.
        importer: The file that imports it.
    """

    module: str
    file: str
    importer: str


@dataclass(frozen=True)
class Thread:
    """A thread beside the main one.

    Attributes:
        name: As `threading` knows it; empty if it does not.
        target: What it runs, as in `module.function`.
    """

    name: str
    target: str


@dataclass(frozen=True)
class Process:
    """A child process.

    Attributes:
        name: As the system knows it.
        handle: The class of the object that stands for it; empty if there is none.
        root: The name that leads to that object, as in `app.agent`; empty if there is none.
        is_named: Whether the name stands for the object itself.
    """

    name: str
    handle: str
    root: str
    is_named: bool


@dataclass(frozen=True)
class Frame:
    """Code that runs: its file, line and name, as in a traceback, and its module."""

    file: str
    line: int
    name: str
    module: str


@dataclass(frozen=True)
class Import:
    """A module that was imported; attributes as in `inside.imports`."""

    name: str
    seconds: float
    file: str
    line: int


@dataclass(frozen=True)
class Draw:
    """Numbers that were drawn from a random generator.

    Attributes:
        generator: Its path.
        own: The line of the function's own code that drew, or waited for it; None if none did.
        library: The code of a library that drew; None if own code did.
        is_text: Whether that code returned a text, once or more.
    """

    generator: str
    own: Frame | None
    library: Frame | None
    is_text: bool


@dataclass(frozen=True)
class Client:
    """A client that was made.

    Attributes:
        kind: Its class.
        file: The file of own code that waited for it; empty if none did.
        line: The line in it.
    """

    kind: str
    file: str
    line: int


@dataclass(frozen=True)
class Profile:
    """What a profiler saw in one more copy, while the handler ran."""

    draws: Sequence[Draw] = ()
    clients: Sequence[Client] = ()


@dataclass(frozen=True)
class Fetch:
    """A request to a server: whom it asks, and who waits for it, the innermost first."""

    server: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Snapshot:
    """What a process saw of itself when it was about to be copied.

    Attributes:
        seconds: How long its init took.
        clocks: What the clocks showed at the start of the init, and now.
        values: By path.
        generators: The states of random generators, by path.
        connections: Those that are open.
        threads: Those that run.
        processes: The child processes that run.
        missing: What copies lack: threads by name, native ones included, and child processes.
        twice: The hooks that are registered twice, by phase.
        cut: What was not looked at, because there was too much; in words.
        copies: How copies of the process are made: by `clone` or by `fork`.
        reads: Where variables were read that Lambda does not set.
        expiring: What was made at the init and ends.
        fetches: The requests of the function's own code to servers.
        data: The names that stand for data, and for no client; only where there are fetches.
        renewing: The paths of objects that can get anew what they hold; there, too.
        files: The files of the function's modules, by name.
        pending: The function's modules with hooks that a lazy import has not loaded.
    """

    seconds: float
    clocks: Sequence[dict[str, float]]
    values: dict[str, Value]
    generators: dict[str, str]
    connections: Sequence[Connection] = ()
    threads: Sequence[Thread] = ()
    processes: Sequence[Process] = ()
    missing: Sequence[str] = ()
    twice: dict[str, tuple[HookPlace, ...]] | None = None
    cut: Sequence[str] = ()
    copies: str = ""
    reads: Sequence[Read] = ()
    expiring: Sequence[Expiring] = ()
    fetches: Sequence[Fetch] = ()
    data: Sequence[str] = ()
    renewing: Sequence[str] = ()
    files: dict[str, str] = field(default_factory=dict)
    pending: Sequence[Pending] = ()

    def ends_with_another(self, path: str, value: Value) -> bool:
        """Tell whether a value is, or belongs to, something that ends."""
        return any(
            value.digest in one.digests
            or any(path.startswith(f"{holder}{mark}") for holder in one.holders for mark in ".[(")
            for one in self.expiring
        )


@dataclass(frozen=True)
class Restored:
    """What a copy saw of itself: after the hooks, and, as `drawn`, after the handler.

    `renewed` are the paths of times that the handler has made anew.
    `fetches` are those of the hooks, `rebound` the names that stand for something else then.
    `held` are digests of what the init made up, by paths that were not seen in the snapshot.
    """

    values: dict[str, Value]
    generators: dict[str, str]
    drawn: dict[str, str]
    cut: Sequence[str] = ()
    expiring: Sequence[Expiring] = ()
    renewed: Sequence[str] = ()
    fetches: Sequence[Fetch] = ()
    rebound: Sequence[str] = ()
    held: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What a handler returned and printed, part by part; attributes as in `inside.results`.

    Attributes:
        parts: By path.
        places: Where in memory some of them were found afterwards, by path.
        is_cut: Whether there were too many.
        explained: The paths of made-up values that were seen in them.
    """

    parts: dict[str, Value]
    places: dict[str, str]
    is_cut: bool = False
    explained: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Init:
    """What has come of a process until its snapshot.

    Attributes:
        phase: The init; None if it did not end.
        plugins: Those that it has loaded, or could not.
        problems: What is wrong with what is installed, each as a text.
        before_snapshot: The hooks; None if they were not reached.
        snapshot: What it saw of itself; None if it could not go on until there.
    """

    phase: Phase | None = None
    plugins: tuple[PluginRow, ...] = ()
    problems: tuple[str, ...] = ()
    before_snapshot: Phase | None = None
    snapshot: Snapshot | None = None


@dataclass(frozen=True)
class Restore:
    """What has come of a copy.

    Attributes:
        after_restore: The hooks; None if they were not reached.
        invocation: What came of the handler; None if another record tells why it has not run.
        traceback: Of the handler's error; None if another record tells the error.
        failure: What the handler's error is; None if there is none, or its process ended.
        caught: The exceptions that the handler's own code has seen; only where they were noted.
        restored: What the copy saw of itself; None if it could not tell.
        late: The hooks that were registered while the handler ran.
        outcome: What the handler returned and printed; None if it was not compared.
        reads: Where variables were read that Lambda does not set.
        imports: The modules that the handler imported.
        opened: The files that it read.
        servers: Those that it connected to.
        second_call: What came of the handler when it was invoked once more; None if it was not.
    """

    after_restore: Phase | None
    invocation: Invocation | None = None
    traceback: str | None = ""
    restored: Restored | None = None
    late: tuple[HookPlace, ...] = ()
    outcome: Outcome | None = None
    reads: Sequence[Read] = ()
    imports: Sequence[Import] = ()
    opened: Sequence[str] = ()
    servers: Sequence[str] = ()
    second_call: Invocation | None = None
    failure: Failure | None = None
    caught: Sequence[Failure] = ()

    @property
    def is_done(self) -> bool:
        """Whether the handler has run, and not failed."""
        return bool(self.invocation and self.invocation.error is None)


@dataclass(frozen=True)
class FailedHook:
    """A hook that raised, or that ended its process.

    Attributes:
        hook: The hook, with its error.
        phase: `before_snapshot` or `after_restore`.
        shown: Its traceback, or how its process ended.
        failure: What it raised; None if its process ended.
    """

    hook: HookRun
    phase: str
    shown: str
    failure: Failure | None = None


@dataclass(frozen=True)
class Trouble:
    """What went wrong in a hook without an exception that left it.

    Attributes:
        hook: The hook.
        phase: `before_snapshot` or `after_restore`.
        dropped: The coroutine functions whose coroutines nobody awaited.
        died: Name and error of the threads that died of an exception meanwhile.
    """

    hook: HookRun
    phase: str
    dropped: tuple[str, ...]
    died: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Overrun:
    """A phase that was killed at its limit.

    Attributes:
        phase: As in `restore 2, handler`.
        hook: The hook that ran; None if none did.
        in_copy: Whether that was in a copy.
        stack: Of its threads then, the innermost calls first; empty if not known.
        timeout: Seconds that an invocation may take, if its function has a limit of its own.
    """

    phase: str
    hook: HookRun | None
    in_copy: bool = False
    stack: str = ""
    timeout: float | None = None


@dataclass(frozen=True)
class SharedPart:
    """A part of what a handler gave that is one in all restores of an init.

    Attributes:
        path: As in `result['id']`.
        value: In the restores of the first init.
        other: In those of the second.
        place: Where in memory it was found afterwards; empty if it was not.
    """

    path: str
    value: Value
    other: Value
    place: str = ""


@dataclass(frozen=True)
class Evidence:
    """All that was seen of a function.

    Attributes:
        handler: As in Lambda's configuration.
        folder: The function's folder, absolute.
        limit: Seconds that a phase may take.
        asked: How many restores there were to be.
        first: The process that was snapshotted.
        second: The one that only the init of the first is compared with.
        made_up: The paths of the values that the init made up.
        dated: The paths of those that are parts of the date of the init, told by the source.
        restores: Those that were reached.
        failed_hooks: In the order in which they failed.
        overruns: In the order in which they were killed.
        troubles: In the order in which they were seen.
        broken_plugins: Why plugins ended an import, in strict mode.
        outputs: What the function wrote.
        compared: Whether a restore of the second init lay between two of the first one's.
        shared: What the outcomes of all restores share, and have not by chance.
        times: The times of the init that they show, and that no known value is.
        elsewhere: What the copies of the second init saw of themselves.
        unclear: The paths of what they share, too, which may come from a shared value or
            generator that is known.
        disturbed: What the function's processes told that is no event; empty if nothing.
        profile: Who drew from the generators that the restores share, and which clients a slow
            first call made; empty if there is neither.
        expected: The names of exceptions that hooks and handler may fail of.
        caught: What the handler has caught and answered, in a restore that was watched for that.
        no_aws: Whether AWS was out of bounds.
        placeholders: For each variable whose value is a placeholder, what that stands for.
    """

    handler: str
    folder: str
    limit: float
    asked: int
    first: Init = Init()
    second: Init = Init()
    made_up: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    restores: tuple[Restore, ...] = ()
    failed_hooks: tuple[FailedHook, ...] = ()
    overruns: tuple[Overrun, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    broken_plugins: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    compared: bool = False
    shared: tuple[SharedPart, ...] = ()
    times: tuple[SharedPart, ...] = ()
    elsewhere: tuple[Restored, ...] = ()
    unclear: tuple[str, ...] = ()
    disturbed: str = ""
    profile: Profile = Profile()
    expected: tuple[str, ...] = ()
    caught: tuple[Failure, ...] = ()
    no_aws: bool = False
    placeholders: dict[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> list[Read]:
        """Where the function reads variables that Lambda does not set."""
        return [one for one in self._all_reads if one.variable not in self.placeholders]

    @property
    def reads_of_placeholders(self) -> list[Read]:
        """Where it reads variables whose value is a placeholder."""
        return [one for one in self._all_reads if one.variable in self.placeholders]

    @property
    def _all_reads(self) -> list[Read]:
        found = [*self.first.snapshot.reads] if self.first.snapshot else []
        return list(dict.fromkeys([*found, *(one for r in self.restores for one in r.reads)]))

    @property
    def missing(self) -> Sequence[str]:
        """The threads and child processes that the copies lack."""
        return self.first.snapshot.missing if self.first.snapshot else ()

    @property
    def restored(self) -> list[Restored]:
        """What the copies saw of themselves, without those that could not tell."""
        return [one.restored for one in self.restores if one.restored]

    @property
    def invocations(self) -> list[Invocation]:
        """What came of the handler."""
        return [one.invocation for one in self.restores if one.invocation]

    @property
    def second_calls(self) -> list[Invocation | None]:
        """What came of the handler when it was invoked once more; None where it was not."""
        return [one.second_call for one in self.restores if one.invocation]

    @property
    def after_restore(self) -> list[Phase]:
        """The hooks of the restores."""
        return [one.after_restore for one in self.restores if one.after_restore]
