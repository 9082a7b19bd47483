"""Pure decisions of the search: how text becomes words, and what people mean by what they type."""
