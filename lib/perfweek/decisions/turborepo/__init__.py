"""ADR-004, monorepo with Turborepo: should the code live in one repository, and should Turborepo run its tasks?"""

from perfweek.decisions.parts import Part
from perfweek.decisions.turborepo.affected import affected_median, affected_p90, javascript_share
from perfweek.decisions.turborepo.builds import cache_efficiency, critical_share, waiting_share
from perfweek.decisions.turborepo.payback import payback
from perfweek.decisions.turborepo.together import bump_lag, co_change

CRITERIA = (
    critical_share,
    affected_median,
    affected_p90,
    payback,
    cache_efficiency,
    co_change,
    bump_lag,
    waiting_share,
    javascript_share,
)
PARTS = (
    Part("monorepo", ("co-change", "bump-lag"), "keep the repositories, and release the shared package on every change"),
    Part(
        "Turborepo",
        ("affected-median", "affected-p90", "javascript-share", "critical-share", "payback", "cache-efficiency", "waiting-share"),
        "filter the pipeline's steps by path and cache their results by lock file",
    ),
)
