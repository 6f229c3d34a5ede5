"""What can be wrong with a message. All of it is permanent: the same bytes fail the same way."""


class ContractError(Exception):
    """A message that is not an event of the published language. Names no value of it."""


class MalformedEvent(ContractError):
    """A missing or unreadable attribute, or data against the schema."""


class UnknownEventType(ContractError):
    """A type that this version of the language does not hold."""
