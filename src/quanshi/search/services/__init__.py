"""Writes of the search: its index, and the synonyms of shops."""

from quanshi.search.services.indexing import index_changed, note_outdated, rebuild
from quanshi.search.services.limits import count_search, count_suggestion
from quanshi.search.services.synonyms import remove_synonyms, save_synonyms

__all__ = [
    "count_search",
    "count_suggestion",
    "index_changed",
    "note_outdated",
    "rebuild",
    "remove_synonyms",
    "save_synonyms",
]
