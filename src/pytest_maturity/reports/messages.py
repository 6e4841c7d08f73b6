"""What a person reads of a judgement, line by line: what is missing, and the verdict."""

from __future__ import annotations

import codecs
import sys

from ..model.evidence import Gap
from ..model.gates import Judged, Number, Status
from ..model.report import EnforcedPolicy, GateResult, Judgement, Need, Report, Verdict
from ..model.text import LONGEST_LINE, decimal_places, escape_ci_commands, format_number, plural, safe


def heading(name: str) -> str:
    return f"maturity: {safe(name, 60)}"


def harmless(line: str) -> str:
    """A line as it may leave: several strings together can be what none of them is."""
    return printable(safe(line, LONGEST_LINE))


def below(judgement: Judgement, details: bool) -> list[str]:
    """What stands under the table: with details the findings, then the stage that is reached and what is missing."""
    lines: list[str] = []
    if details:
        for result in judgement.results:
            name = safe(result.name, 100)
            found = (f"  {name}: {safe(one.location)}: {safe(one.message)}" for one in result.findings[:20])
            lines += map(escape_ci_commands, found)
    lines += overlooked(judgement)
    nothing = "nothing: the run has gaps" if judgement.evidence.gaps else "nothing yet"
    reached = nothing if judgement.reached is None else rung(judgement.reached)
    if judgement.next_stage is None:
        return [*lines, f"  reached: {reached}, the top of the ladder."]
    lines.append(f"  reached: {reached}.  To reach {rung(judgement.next_stage)}:")
    lines += map(need_line, judgement.needs)
    further = [need for need in judgement.target_needs if need not in judgement.needs]
    if further:
        lines += [f"  To reach {rung(judgement.target)}, too:", *map(need_line, further)]
    return lines


def overlooked(judgement: Judgement) -> list[str]:
    """A line about suppressions where there are some, or may be, and the table has no row that says it."""
    seen = judgement.evidence.suppressions
    if seen.total == 0 or any(result.name == "suppressions" for result in judgement.results):
        return []
    return [f"  suppressions: {'; '.join((seen.words, *(safe(problem, 300) for problem in seen.problems)))}"]


def policy_lines(policy: EnforcedPolicy) -> list[str]:
    """Where the policy came from, if not from the working tree, and what that loosened."""
    if policy.ref is None:
        return []
    origin = f"  the policy of {safe(policy.ref, 100)}, commit {str(policy.commit)[:12]}, is enforced"
    more = "; the working tree loosened:" if policy.loosened else ""
    return [origin + more, *(f"    {safe(one, 2000)}" for one in policy.loosened)]


def need_line(need: Need) -> str:
    return escape_ci_commands(f"    {label(need.gate) or 'without a gap'}: {safe(need.message, 1000)}")


def verdict_lines(report: Report) -> list[str]:
    """A line for each component, and for several the sum as the last one."""
    lines = [verdict_line(judgement) for judgement in report.components]
    if len(lines) != 1 or report.verdict is not report.components[0].verdict:
        ready = sum(judgement.verdict is Verdict.PROMOTE for judgement in report.components)
        why = f": {safe(report.notes[-1], 300)}" if report.notes and len(lines) < 2 else ""
        lines.append(
            f"{report.verdict.value}  {ready} of {plural(len(report.components), 'component')} "
            f"{'is' if ready == 1 else 'are'} ready for {rung(report.target)}{why}"
        )
    return lines


def verdict_line(judgement: Judgement) -> str:
    """The verdict and the reasons for it, in one line."""
    name, target = safe(judgement.component.name, 100), rung(judgement.target)
    if judgement.verdict is Verdict.PROMOTE:
        counts = judgement.evidence.outcomes
        bad = counts.failed + counts.error
        return f"PROMOTE  {name} is ready for {target}" + (
            f", although {plural(bad, 'test')} failed: pass_rate allows it" if bad else ""
        )
    asked = [(one, one.stages[judgement.target]) for one in judgement.results if judgement.target in one.stages]
    failed = [reason(result, one) for result, one in asked if one.status is Status.FAILED and one.blocks]
    unknown = [unknown_reason(result) for result, one in asked if one.status is Status.UNKNOWN and one.blocks]
    gaps = [gap_reason(gap) for gap in judgement.evidence.gaps]
    if judgement.verdict is Verdict.HOLD:
        open_ = [label(result.name) for result, one in asked if one.status is Status.UNKNOWN and one.blocks]
        more = f"; unknown: {', '.join(open_)}" if open_ else ""
        return f"HOLD  {name} is not ready for {target}: {', '.join(dict.fromkeys(failed))}{more}"
    return f"INCONCLUSIVE  {name}, {target}: {'; '.join(dict.fromkeys((*unknown, *gaps))) or 'nothing is required'}"


def reason(result: GateResult, judged: Judged) -> str:
    sign = "<" if result.better == "higher" else ">"
    return f"{label(result.name)} {measured(result)} {sign} {number(judged.requirement.threshold, result)}"


def unknown_reason(result: GateResult) -> str:
    return f"{label(result.name)} unknown ({safe(result.note, 400)})"


def gap_reason(gap: Gap) -> str:
    return safe(gap.message, 200)


def rung(stage: str, limit: int = 60) -> str:
    return printable(safe(stage, limit))


def label(name: str) -> str:
    return printable(safe(name.replace("_", " "), 40))


def number(value: Number | None, result: GateResult) -> str:
    """A number of a gate with as many decimal places as its thresholds have, at least one."""
    digits = max([1, *(decimal_places(one.requirement.threshold) for one in result.stages.values())])
    return format_number(value, result.better, digits)


def measured(result: GateResult) -> str:
    unit = f" {printable(safe(result.unit, 10))}" if result.unit and result.value is not None else ""
    return number(result.value, result) + unit


def can_print(text: str) -> bool:
    return printable(text) == text


def printable(text: str) -> str:
    """`text` with escapes for what stdout has no characters for; pytest's writer would escape colours with them."""
    try:
        encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "ascii").name
    except LookupError:
        encoding = "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)
