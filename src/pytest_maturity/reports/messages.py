"""Turns judgements and reports into the lines that a person reads: what is unmet, and the verdict.

Sentences are made here and nowhere else. The results hold numbers, findings and argument lists.
"""

from __future__ import annotations

import codecs
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from ..model.evidence import Component, Finding, Gap, Outcomes, ToolProgress
from ..model.gates import Judged, Number, Status
from ..model.light_dataclass import light_dataclass
from ..model.names import component_table
from ..model.redaction import redact_arguments
from ..model.report import (
    WORST_FIRST,
    EnforcedPolicy,
    GateResult,
    Judgement,
    PolicyChange,
    Report,
    Verdict,
    worst_verdict,
)
from ..model.text import DIGITS, LONGEST_LINE, decimal_places, first_few, format_number, join_findings, plural, safe
from ..model.waivers import Waived
from .affected import describe_nothing

SHOWN_COMPONENTS = 6  # by name, in the sentence about a change of the policy
RUN = "run: "  # before a command
LEFT_OUT = " ..."  # after the tools that have room in a line
WRITE_BASELINE = "pytest-maturity baseline REPORT writes a new one"


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A reason why a component is not at a stage: a requirement that is not met, or a gap of the run.

    `gate` is the requirement's name, empty for a gap. `findings` are the places to look at. `command` is the argument
    list of a remedy, empty where there is none.
    """

    gate: str
    message: str
    findings: tuple[Finding, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The message with the first findings."""
        return f"{self.message}: {join_findings(self.findings)}" if self.findings else self.message


def list_unmet(judgement: Judgement, stage: str) -> list[Unmet]:
    """Returns the reasons why the component is not at a stage, the gaps first."""
    gaps = [Unmet(gate="", message=gap.message) for gap in judgement.gaps(stage)]
    return gaps + [describe_unmet(result, result.stages[stage]) for result in judgement.unmet(stage)]


def describe_unmet(result: GateResult, judged: Judged) -> Unmet:
    """Returns a requirement that is not met, with its remedy; without one, with the number and the threshold."""
    if judged.status is Status.UNKNOWN:
        return Unmet(gate=result.name, message=unknown_text(result, judged) or "it was not measured")
    if judged.remedy is not None:
        command = tuple(redact_arguments(judged.remedy.command))
        where = " in new code" if result.scope == "new" else ""
        message = judged.remedy.text + where + describe_bound(result, judged)
        return Unmet(gate=result.name, message=message, findings=list_left(result, judged), command=command)
    threshold = judged.required
    digits = decimal_places(threshold)
    value = format_number(result.value, result.better, max(1, digits))
    bound = "at least" if result.better == "higher" else "at most"
    message = f"is {value}, must be {bound} {format_number(threshold, digits=digits)}{describe_bound(result, judged)}"
    return Unmet(gate=result.name, message=message, findings=list_left(result, judged))


def list_left(result: GateResult, judged: Judged) -> tuple[Finding, ...]:
    """Returns the findings of a requirement that no waiver excuses."""
    waived = judged.waived_findings
    return tuple(one for one in result.findings if one not in waived) if waived else result.findings


def heading(name: str) -> str:
    """Returns the heading of a component."""
    return f"maturity: {safe(name, 60)}"


def report_heading(report: Report, width: int) -> str:
    """Returns the heading of a run: its component, with the target where there is room, or how many components."""
    if len(report.components) != 1:
        return f"maturity: {plural(len(report.components), 'component')}"
    short = heading(report.components[0].component.name)
    whole = f"{short}, target {stage_label(report.components[0].target)}"
    return whole if len(whole) <= width else short


def order_by_verdict(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Returns the judgements with the worst verdict first, those with the same one by name."""
    return sorted(judgements, key=lambda one: (WORST_FIRST.index(one.verdict), one.component.name))


def place_of(finding: Finding, *, is_exact: bool = False) -> str:
    """Returns the path of a finding, with the line where it is about one line: `a.py:7`; `a.py:7:5` is exact."""
    place = finding.exact_location if is_exact else finding.path if finding.ranges else finding.location
    return printable(safe(place, 300))


def kind_lines(judgement: Judgement) -> list[str]:
    """Returns a line with the number of tests of each kind, where kinds are configured: also those nobody needs."""
    words = []
    for kind, part in judgement.evidence.kinds.items():
        counts = part.outcomes
        numbers = {"failed": count_failed(counts), "skipped": counts.skipped}
        more = ", ".join(f"{number} {word}" for word, number in numbers.items() if number)
        words.append(f"{counts.passed} {safe(kind or 'of unknown kind', 60)}" + (f" ({more})" if more else ""))
    return [f"  tests passed: {', '.join(words)}"] if words else []


def suppression_lines(judgement: Judgement) -> list[str]:
    """Returns a line about suppressions where there are some, or may be, and the table has no row for them."""
    suppressions = judgement.evidence.suppressions
    if suppressions.total == 0 or any(result.name == "suppressions" for result in judgement.results):
        return []
    parts = (suppressions.summary, *(safe(problem, 300) for problem in suppressions.problems))
    return [f"  suppressions: {'; '.join(parts)}"]


def policy_lines(policy: EnforcedPolicy) -> list[str]:
    """Returns the origin of a policy that is not the working tree's, and what the working tree loosened."""
    if policy.ref is None:
        return []
    origin = f"  the policy of {safe(policy.ref, 100)}, commit {str(policy.commit)[:12]}, is enforced"
    more = "; the working tree loosened:" if policy.loosened else ""
    return [origin + more, *(f"    {safe(change_text(change), 2000)}" for change in policy.loosened)]


def settings_line(settings: Mapping[str, Sequence[str]]) -> str:
    """Returns the files that configure each tool, by the key of its run: `ruff: pyproject.toml; types: defaults`."""
    files: dict[str, dict[str, None]] = {}
    for key, names in settings.items():
        files.setdefault(key.partition(":")[0], {}).update(dict.fromkeys(names or ["defaults"]))
    shown = {tool: ", ".join(safe(name, 120) for name in names) for tool, names in files.items()}
    return "; ".join(f"{safe(tool, 60)}: {names}" for tool, names in shown.items())


def unnamed_test_notes(component: Component, relative_path: Callable[[Path], str]) -> Iterator[str]:
    """Yields notes on test files whose names do not say to which component they belong."""
    name = safe(component.name, 100)
    if others := [claim for claim in component.tests if claim.named_part]:
        files = first_few([f"{relative_path(claim.path)} ({claim.named_part})" for claim in others])
        yield f"{name}: no test file has its name; these import it and have the name of another part: {files}"
    if component.importers:
        files = first_few([relative_path(path) for path in component.importers])
        yield (
            f"{name}: test files that import it and are not counted, because of their names: {files}; "
            f'tests_also = "imports" in {component_table(component.name)} counts them'
        )
    if component.imports_instead:
        modules, instead = first_few(component.imports), first_few(component.imports_instead)
        yield f"{name}: none of its test files imports it ({modules}); they import {instead}"


def describe_idle_kind(kind: str, source: str) -> str:
    """Returns a note on a kind of tests that no test has."""
    return f"no test is of the kind {safe(kind, 60)}: {safe(source)}.kinds.{safe(kind, 60)} fits none"


def change_text(change: PolicyChange) -> str:
    """Returns both values of a setting, the components and stages that it concerns, and both sources."""
    concerns = ""
    if change.components:
        few = len(change.components) <= SHOWN_COMPONENTS
        names = ", ".join(change.components) if few else plural(len(change.components), "component")
        concerns = f" of {names}" + (f" at {', '.join(change.stages)}" if change.stages else "")
    return (
        f"{change.setting}{concerns}: {change.new} instead of {change.old} ({change.new_source}; {change.old_source})"
    )


def command_line(command: Sequence[str]) -> str:
    """Returns a command quoted for a shell, with the bare name of its program where PATH finds the same one."""
    variables = takewhile(lambda word: word == "env" or "=" in word, command)
    before = len(list(variables)) if command[0] == "env" else 0
    program, *arguments = command[before:]
    name = Path(program).name
    return shlex.join((*command[:before], name if shutil.which(name) == program else program, *arguments))


def is_command(line: str) -> bool:
    """Whether a line of the summary holds a command: it is not wrapped, so that it can be copied."""
    return line.lstrip().startswith(RUN)


def verdict_lines(report: Report) -> list[tuple[Verdict, str]]:
    """Returns the lines of the verdict, each with the verdict that it is about; the last one is that of the run.

    Of several components only those have a line that are not promoted, or that are although tests failed: the last
    line counts the others.
    """
    judgements = order_by_verdict(report.components)
    if report.only_gates and judgements:
        return [line for judgement in judgements for line in gate_lines(judgement, report)]
    if len(judgements) == 1 and report.verdict is judgements[0].verdict:
        return [(report.verdict, verdict_line(judgements[0]))]
    if report.affected is not None and not judgements and report.verdict is Verdict.INCONCLUSIVE:
        return [(report.verdict, f"{report.verdict.value}  {describe_nothing(report.affected)}")]
    is_one = len(judgements) == 1
    lines = [
        (one.verdict, verdict_line(one))
        for one in judgements
        if is_one or one.verdict is not Verdict.PROMOTE or describe_exceptions(one)
    ]
    ready = sum(one.verdict is Verdict.PROMOTE for one in judgements)
    has_own_reason = not judgements or report.verdict is not worst_verdict(one.verdict for one in judgements)
    why = f": {safe(report.notes[-1], 300)}" if report.notes and has_own_reason else ""
    is_ready = "is" if ready == 1 else "are"
    last = f"{report.verdict.value}  {ready} of {plural(len(judgements), 'component')} {is_ready} ready for "
    return [*lines, (report.verdict, last + target_label(report, ready) + why)]


def target_label(report: Report, ready: int) -> str:
    """Returns the stage that all components were judged for; where they have different ones, `its target`."""
    return ("its target" if ready == 1 else "their targets") if report.target is None else stage_label(report.target)


def gate_lines(judgement: Judgement, report: Report) -> Iterator[tuple[Verdict, str]]:
    """Yields the result of each gate of --maturity-gate, with the verdict whose colour it has."""
    name = f"{safe(judgement.component.name, 100)}: " if len(report.components) > 1 else ""
    for gate in report.only_gates:
        results = [one for one in judgement.results if one.name.partition(".")[0] == gate]
        found = [(one, one.stages[judgement.target]) for one in results if judgement.target in one.stages]
        failed = [failure_reason(one, judged) for one, judged in found if judged.status is Status.FAILED]
        unknown = [safe(unknown_text(one, judged), 400) for one, judged in found if judged.status is Status.UNKNOWN]
        if failed:
            verdict, words = Verdict.HOLD, f"failed: {', '.join(failed)}"
        elif unknown or not found:
            reasons = "; ".join(dict.fromkeys(unknown)) or f"{stage_label(judgement.target)} does not require it"
            verdict, words = Verdict.INCONCLUSIVE, f"unknown: {reasons}"
        else:
            excused = describe_excused(judgement, gate)
            verdict, words = Verdict.PROMOTE, "; ".join(excused) or "passed"
        alone = "one gate" if len(report.only_gates) == 1 else plural(len(report.only_gates), "gate")
        yield verdict, f"{name}{gate_label(gate)}: {words} ({alone}, not a promotion)"


def verdict_line(judgement: Judgement) -> str:
    """Returns the verdict and the reasons for it, in one line."""
    name, target = safe(judgement.component.name, 100), stage_label(judgement.target)
    reasons = list_reasons(judgement)
    if judgement.verdict is Verdict.PROMOTE:
        return f"PROMOTE  {name} is ready for {target}{describe_exceptions(judgement)}"
    if judgement.demoted_from is not None:
        return f"HOLD  {name} is demoted: it is on record at {target}, and not ready for it: {reasons}"
    if judgement.verdict is Verdict.HOLD:
        return f"HOLD  {name} is not ready for {target}: {reasons}"
    return f"INCONCLUSIVE  {name}, {target}: {reasons or 'nothing is required'}"


def list_reasons(judgement: Judgement) -> str:
    """Returns what keeps a component from its target: for HOLD what failed, and the names of what is unknown."""
    unmet = [(result, result.stages[judgement.target]) for result in judgement.unmet(judgement.target)]
    failed = [failure_reason(result, judged) for result, judged in unmet if judged.status is Status.FAILED]
    unknown = [(result, judged) for result, judged in unmet if judged.status is Status.UNKNOWN]
    if any(gap.is_failure for gap in judgement.gaps(judgement.target)):
        return "no tests"
    if failed:
        names = ", ".join(result_label(result) for result, _ in unknown)
        return ", ".join(dict.fromkeys(failed)) + (f"; unknown: {names}" if unknown else "")
    by_reason: dict[str, list[GateResult]] = {}
    for result, judged in unknown:
        by_reason.setdefault(unknown_text(result, judged), []).append(result)
    reasons = [unknown_reason(results, reason) for reason, results in by_reason.items()]
    return "; ".join(dict.fromkeys((*reasons, *map(gap_reason, judgement.gaps(judgement.target)))))


def describe_exceptions(judgement: Judgement) -> str:
    """Returns what does not keep the component from the target, although it failed: tests, thresholds; else nothing."""
    needed = judgement.needed_kinds.get(judgement.target, ())
    bad = count_failed(judgement.evidence.with_tests_of(needed).outcomes)
    others = {
        kind: count
        for kind, part in judgement.evidence.kinds.items()
        if needed and kind and kind not in needed and (count := count_failed(part.outcomes))
    }
    allows = "a waiver excuses it" if is_pass_rate_waived(judgement) else "pass_rate allows it"
    reasons = [f"{plural(bad, 'test')} failed: {allows}"] if bad else []
    reasons += [
        f"{plural(count, 'test')} of the kind {safe(kind, 60)} failed: {stage_label(judgement.target)} does not need it"
        for kind, count in others.items()
    ]
    reasons += describe_excused(judgement)
    return f", although {'; '.join(reasons)}" if reasons else ""


def describe_excused(judgement: Judgement, gate: str = "") -> list[str]:
    """Returns the requirements of the target that a baseline holds, or waivers excuse; with `gate`, those of the gate.

    Requirements that only warn are left out.
    """
    at_target = [(one, one.stages[judgement.target]) for one in judgement.results if judgement.target in one.stages]
    return [
        describe_held(result, judged) if judged.is_held else describe_waived(result, judged)
        for result, judged in at_target
        if judged.status is Status.WAIVED and gate in ("", result.name.partition(".")[0])
    ]


def is_pass_rate_waived(judgement: Judgement) -> bool:
    """Whether a waiver excuses a pass rate at the target."""
    judged = (
        one.stages.get(judgement.target) for one in judgement.results if one.name.partition(".")[0] == "pass_rate"
    )
    return any(one is not None and one.status is Status.WAIVED and one.waived for one in judged)


def describe_waived(result: GateResult, judged: Judged) -> str:
    """Returns `lint 3 > 0 is waived: 3 findings by ann until 2027-01-31`."""
    return f"{failure_reason(result, judged)} is waived: {'; '.join(map(describe_waiver, judged.waived))}"


def describe_waiver(one: Waived) -> str:
    """Returns what a waiver excuses, who approved it, and until when it counts."""
    what = plural(len(one.findings), "finding") if one.findings else "as a whole"
    return f"{what} by {safe(one.waiver.approved_by, 60)} until {one.waiver.expires}"


def waiver_lines(judgement: Judgement) -> list[str]:
    """Returns a line for each thing that a waiver excuses, with the stages, the people and the end."""
    stages: dict[tuple[str, str], list[str]] = {}
    for result in judgement.results:
        for stage, judged in result.stages.items():
            for one in judged.waived:
                place = f"{safe(one.waiver.reason, 40)}, owner {safe(one.waiver.owner, 60)}; {one.waiver.source}"
                text = f"{result_label(result)} {value_text(result)}, {describe_waiver(one)} ({place})"
                stages.setdefault((result.name, text), []).append(stage_label(stage))
    return [f"  waived at {', '.join(names)}: {text}" for (_, text), names in stages.items()]


def threshold_lines(judgement: Judgement) -> list[str]:
    """Returns a heading, and a line for each requirement with where its threshold is set, equal ones of stages once."""
    lines = ["  thresholds, and where each is set"] if judgement.results else []
    for result in judgement.results:
        stages: dict[tuple[str, str], list[str]] = {}
        sign = ">=" if result.better == "higher" else "<="
        for stage, judged in result.stages.items():
            required = judged.requirement
            warns = "warn " * (required.mode == "warn")
            bound = f"{warns}{sign} {number_text(required.threshold, result)}"
            stages.setdefault((bound, required.source), []).append(stage_label(stage))
        for (bound, source), names in stages.items():
            lines.append(f"    {result_label(result)} {bound}: {', '.join(names)} ({safe(source, 300)})")
    return lines


def count_failed(counts: Outcomes) -> int:
    """Returns how many tests failed, in whichever phase."""
    return counts.failed + counts.error


def failure_reason(result: GateResult, judged: Judged) -> str:
    """Returns `coverage 62.4 % < 70`."""
    sign = "<" if result.better == "higher" else ">"
    bound = number_text(judged.required, result) + describe_bound(result, judged)
    waived = f" ({len(judged.waived_findings)} waived)" if judged.waived and judged.status is Status.FAILED else ""
    return f"{result_label(result)} {value_text(result)} {sign} {bound}{waived}"


def describe_bound(result: GateResult, judged: Judged) -> str:
    """Returns ` (baseline 300, limit 0)` where a baseline decides what the number has to reach; else nothing."""
    if judged.ratchet is not None and judged.ratchet.value is None:
        return " (no baseline yet)"
    if judged.bound is None or judged.bound == judged.requirement.threshold or judged.ratchet is None:
        return ""
    tolerance = judged.requirement.compute_tolerance(judged.ratchet.value)
    more = f", tolerance {number_text(tolerance, result)}" if tolerance else ""
    limit = number_text(judged.requirement.threshold, result)
    return f" (baseline {number_text(judged.ratchet.value, result)}{more}, limit {limit})"


def baseline_lines(judgement: Judgement) -> list[str]:
    """Returns a line for each requirement of the target that a baseline holds."""
    return [
        f"  {describe_held(result, judged)} ({safe(judged.ratchet.source, 120)})"
        for result in judgement.results
        if (judged := result.stages.get(judgement.target)) and judged.is_held and judged.ratchet
    ]


def stale_baseline_notes(judgement: Judgement) -> Iterator[str]:
    """Yields a note on each baseline that the component has improved on."""
    for result in judgement.results:
        ratchets = (judged.ratchet for judged in result.stages.values())
        if ratchet := next((one for one in ratchets if one is not None and one.is_stale), None):
            value, number = value_text(result), number_text(ratchet.value, result)
            words = f"baseline is stale: {result_label(result)} {value} is better than {number} ({ratchet.source})"
            yield f"{judgement.component.name}: {words}; pytest-maturity baseline REPORT raises it"


def describe_held(result: GateResult, judged: Judged) -> str:
    """Returns `lint 2953 is held at its baseline 2953, limit 0`."""
    assert judged.ratchet is not None
    number, limit = (number_text(one, result) for one in (judged.ratchet.value, judged.requirement.threshold))
    return f"{result_label(result)} {value_text(result)} is held at its baseline {number}, limit {limit}"


def unknown_reason(results: Sequence[GateResult], reason: str) -> str:
    """Returns `lint, format unknown (ruff is not installed)` for results with one reason."""
    return f"{', '.join(map(result_label, results))} unknown ({safe(reason, 400)})"


def unknown_text(result: GateResult, judged: Judged) -> str:
    """Returns why a requirement is unknown: the gate's note, its baseline, or that its number is only a bound."""
    if result.value is None:
        return result.note
    if judged.ratchet is not None and judged.ratchet.problem:
        return f"{judged.ratchet.problem}: {WRITE_BASELINE}"
    bound = "lower" if result.better == "higher" else "upper"
    return f"{value_text(result)} is only {'a' if bound == 'lower' else 'an'} {bound} bound, because tests are missing"


def gap_reason(gap: Gap) -> str:
    """Returns the gap's message, no longer than a verdict's line can hold."""
    return safe(gap.message, 200)


def stage_label(stage: str, limit: int = 60) -> str:
    """Returns the name of a stage as it is printed."""
    return printable(safe(stage, limit))


def gate_label(name: str) -> str:
    """Returns the name of a gate as it is printed: with spaces."""
    return printable(safe(name.replace("_", " "), 40))


def result_label(result: GateResult) -> str:
    """Returns the name of a result as it is printed, with the kinds of tests where others have another result."""
    kinds = f" ({', '.join(result.kinds)})" if result.kinds else ""
    kinds = " (new code)" if result.scope == "new" else kinds
    return gate_label(result.name) + printable(safe(kinds, 80))


def number_text(value: Number | None, result: GateResult) -> str:
    """Returns a number of a gate with as many decimal places as its thresholds have, at least one.

    A number that a baseline held back has as many as it takes to tell the two apart.
    """
    digits = max([1, *(decimal_places(one.requirement.threshold) for one in result.stages.values())])
    bounds = [one.required for one in result.stages.values() if one.status is Status.FAILED]
    while digits < DIGITS and format_number(result.value, result.better, digits) in (
        format_number(bound, result.better, digits) for bound in bounds
    ):
        digits += 1
    return format_number(value, result.better, digits)


def value_text(result: GateResult) -> str:
    """Returns the measured number with its unit, `?` where it is unknown, `-` where there is nothing to measure."""
    if not result.is_applicable:
        return "-"
    unit = f" {printable(safe(result.unit, 10))}" if result.unit and result.value is not None else ""
    return number_text(result.value, result) + unit


def progress_line(progress: Iterable[ToolProgress], width: int) -> str:
    """Returns the tools with their seconds: `maturity: types 4 s, bandit queued; done: ruff 0.3 s`.

    Those that do not fit into the width are left out.
    """
    line, is_first_done = "maturity:", True
    for number, one in enumerate(progress):
        key = printable_line(safe(one.key, 60))
        if one.has_ended:
            part = f"{'; done:' if is_first_done else ','} {key} {one.seconds or 0:.1f} s"
            is_first_done = False
        else:
            seconds = "queued" if one.seconds is None else f"{one.seconds:.0f} s"
            part = f"{',' if number else ''} {key} {seconds}"
        if len(line) + len(part) > width - len(LEFT_OUT):
            return f"{line}{LEFT_OUT}"[:width]
        line += part
    return line[:width]


def printable_line(line: str) -> str:
    """Returns a line that is safe to print: several safe strings together can be unsafe."""
    return printable(safe(line, LONGEST_LINE))


def can_print(text: str) -> bool:
    """Whether stdout has all characters of a text."""
    return printable(text) == text


def printable(text: str) -> str:
    """Returns the text with escapes for the characters that stdout lacks; pytest's writer would escape styles, too."""
    try:
        encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "ascii").name
    except LookupError:
        encoding = "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)
