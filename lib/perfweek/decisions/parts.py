"""The separate questions of a decision record: 'asynchronous: yes; log broker: no'."""

from dataclasses import dataclass

from perfweek.decisions.criteria import Role, Rule


@dataclass(frozen=True)
class Part:
    """One question and the ids of the criteria that answer it. `necessary`: of these, ones that are necessary here although their own role is
    weaker. `proposed`: the record asks for it; else it is a lesser step that is judged beside it. `instead`: the cheapest adequate answer."""

    name: str
    criteria: tuple[str, ...]
    instead: str
    necessary: tuple[str, ...] = ()
    proposed: bool = True

    def role(self, rule: Rule) -> Role:
        return "necessary" if rule.id in self.necessary else rule.role
