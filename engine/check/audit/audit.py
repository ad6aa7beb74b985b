"""The audit of one class: every op by itself, in use, whole graphs in all orders, and its zero_grad."""

from collections.abc import Mapping
from typing import Any

from ...sources.learner.engine import Engine
from ...sources.learner.origins import Origins
from ..findings import ClassReport
from ..lines.places import Blame
from ..trials.trial import Workbench
from .forward_pass import ForwardAudit
from .found import Found
from .gradients import GradientAudit
from .limits import limits
from .offered import functions, operators, reflected, unary_methods
from .zero_grad import ZeroGradAudit


class Audit:
    """Looks for what is wrong in one engine; `space` are the names of its file."""

    def __init__(self, engine: Engine, space: Mapping[str, Any], line: int) -> None:
        self.found = Found(ClassReport(engine.cls.__name__, line))
        self.engine = engine
        self.origins = Origins()
        self.bench = Workbench(engine, self.origins)
        self.ops = [*operators(engine), *unary_methods(engine), *functions(engine, space)]
        parts = (engine, self.bench, Blame(engine, self.origins), self.found)
        self.forward = ForwardAudit(*parts)
        self.gradients = GradientAudit(*parts, self.ops)
        self.zero_grad = ZeroGradAudit(engine, self.bench, self.found, space)

    @property
    def report(self) -> ClassReport:
        """What is found so far."""
        return self.found.report

    def run(self) -> ClassReport:
        """Audit it."""
        self.origins.watch(self.engine.base)
        try:
            self._audit()
        finally:
            self.origins.unwatch()
        self.report.findings.sort(key=lambda finding: finding.line)
        return self.report

    def _audit(self) -> None:
        working = [op for op in self.ops if self.forward.works(op)]
        working += [op for op in reflected(self.engine) if self.forward.reflected(op)]
        self.gradients.run(working)
        self.zero_grad.run()
        self.report.limits += limits(self.bench, bool(self.report.findings))
