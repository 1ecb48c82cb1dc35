"""The files that put the tiers up, and what watches them."""

from perfweek.caching.configuration.alerts import thresholds
from perfweek.caching.configuration.expected import expected_hits
from perfweek.caching.configuration.files import write_configuration
from perfweek.caching.configuration.sizes import GIB, Sizes, sizes_of
from perfweek.caching.configuration.tables import settings_table, threshold_table
from perfweek.caching.logged import Logged
from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.designs import designed
from perfweek.exhibit import Listing, Section, Sentence
from perfweek.target import Target
from perfweek.week import Week
from perfweek.wording import bracketed, count, listed, number


def configuration(week: Week, target: Target, logged: Logged, design: Design | None = None) -> Section:
    """Writes redis.conf, users.acl, the settings of the service, the edge worker and alerts of `design`, or of the tiers as the target has them."""
    if not target.cache.tiers and design is None:
        return [Sentence("No data: target.toml plans no cache tiers, and none are proposed.")]
    sizes = sizes_of(target, design)
    expected = {} if logged.too_short else expected_hits(logged, design or designed(target.cache))
    files = write_configuration(week, sizes, logged, target.service.url, expected)
    found, source = thresholds(sizes, expected), logged.source
    predicted = listed([f"{level} {bracketed(estimate, '%')}" for level, estimate in expected.items()])
    watched = f"Alerts expect these hit ratios: {predicted}." if expected else f"No alert on hit ratios: nothing is predicted. {logged.too_short}"
    return [
        Sentence(f"Written to artifacts/thursday: {listed([path.name for path in files])}."),
        Sentence(_room(sizes)),
        Listing(settings_table(sizes), "Settings of the tiers", source),
        Sentence(watched),
        Listing(threshold_table(found), "Alerts", source),
    ]


def _room(sizes: Sizes) -> str:
    if not sizes.shared_bytes:
        return "There is no Redis tier."
    each = f"{sizes.masters} masters with {count(sizes.replicas, 'replica')} each, maxmemory {number(sizes.maxmemory / GIB)} GiB"
    kept = "with every write that it had acknowledged (WAIT); a write that only the master had may be gone, which a cache can bear"
    told = f"{each}; when a master fails, a replica takes over within some seconds, {kept}"
    if not sizes.replicas:
        told = f"{sizes.masters} masters without replicas: when one fails, 1/{sizes.masters} of the entries are gone"
    return f"{told}." + (f" {number(sizes.short_bytes / GIB)} GiB of the entries find no room." if sizes.short_bytes > GIB / 100 else "")
