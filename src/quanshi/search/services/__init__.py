"""Writes of the search: its index, and the synonyms of shops."""

from quanshi.search.services.indexing import index_changed, note_outdated, rebuild
from quanshi.search.services.limits import count_search, count_suggestion
from quanshi.search.services.synonyms import hold_synonyms, remove_synonyms, save_synonyms

__all__ = [
    "count_search",
    "count_suggestion",
    "hold_synonyms",
    "index_changed",
    "note_outdated",
    "rebuild",
    "remove_synonyms",
    "save_synonyms",
]
