"""A call or a value as bytes.  The rest of the pool knows that it can be packed and unpacked."""
