"""Between Textual and the terminal: only the cells that change are sent; signals end it well."""
