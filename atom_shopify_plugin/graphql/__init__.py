"""The GraphQL documents, one file for each domain."""
