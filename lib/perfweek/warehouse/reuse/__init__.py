"""How far results could be used again: a replay of the result cache, with texts as they are and as they could be spelled."""
