"""What the fields of a request's header mean (RFC 9110); each is read purely."""
