"""Reads of the search: what was found, what may be meant, a shop's synonyms."""

from quanshi.search.selectors.finding import find
from quanshi.search.selectors.suggesting import suggest
from quanshi.search.selectors.synonyms import synonym_group, synonyms

__all__ = ["find", "suggest", "synonym_group", "synonyms"]
