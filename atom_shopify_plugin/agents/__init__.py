"""The catalogue as tools of the Model Context Protocol. Only `server` and `http` import its SDK (extra ``mcp``)."""
