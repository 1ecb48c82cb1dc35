"""Would another size of warehouse be faster or cheaper, and when should it suspend?"""

from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.warehouse.advisers import auto_suspend, right_sizing
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.sizing import figures, shown


def sizing(material: Material, source: str) -> Section:
    """What each step of size did, and what sizes around would do; `source`: the evidence file of the executions, relative to the week."""
    found = material.once(right_sizing.sizings)
    said = shown.sizing_sentence(found)
    known = [one for one in found if one.steps]
    if not known:
        return [Sentence(said)]
    note, ahead = shown.sizing_note(found), shown.forecast_sentence(found)
    exhibits: list[Exhibit] = [Sentence(said), Sentence(ahead)]
    exhibits += [Picture(figures.curves_figure(one), f"Warehouse {one.warehouse}: {said} {ahead}", note, source) for one in known[:1]]
    exhibits.append(Listing(shown.step_table(found), "Templates and steps of size, least gain first", source, shown.STEP_FORMATS))
    exhibits.append(Listing(shown.forecast_table(found), "Present statements at other sizes", source, note=note))
    return exhibits


def suspending(material: Material, source: str) -> Section:
    """What other times to suspend would bill."""
    found = material.once(auto_suspend.replayed)
    note = "Replay of recorded statements: billed by the second from the first statement to the suspension, a minute at least for each start."
    return [
        Sentence(shown.suspend_sentence(found)),
        Listing(shown.suspend_table(found), "Times to suspend", source, shown.SUSPEND_FORMATS, note),
    ]
