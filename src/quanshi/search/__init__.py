"""Finding goods: an index of what is on sale, what people mean by what they type, suggestions, a shop's own synonyms.

Owns: search_document, search_term, search_pending, search_synonym.
Events in: none; triggers on the catalogue's tables write what has changed into search_pending. Events out: none.
"""
