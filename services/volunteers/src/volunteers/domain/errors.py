"""What can't be done, each with what the person concerned needs to know."""


class VolunteerError(Exception):
    """Base of all refusals of this service. `values` fill the sentence that people read."""

    def __init__(self, **values: str) -> None:
        super().__init__(type(self).__name__)
        self.values = values
        self.headers: dict[str, str] = {}


class NoSuchOrganisation(VolunteerError):
    """No organisation with this id."""


class OrganisationExists(VolunteerError):
    """The same name, code or desk is there already."""


class WrongParent(VolunteerError):
    """The unit above does not fit: another area, or the wrong kind."""


class BadUscc(VolunteerError):
    """The check character of the unified social credit code does not match (GB 32100)."""


class NoSuchVolunteer(VolunteerError):
    """No volunteer with this id."""


class PhoneTaken(VolunteerError):
    """The phone belongs to an account already."""


class AlreadyDecided(VolunteerError):
    """The registration was approved or refused before."""


class LoginTaken(VolunteerError):
    """Somebody signs in under this name already."""


class SignInRefused(VolunteerError):
    """Wrong name, password, code or secret: never said which."""


class TotpUsed(VolunteerError):
    """A one-time password is good once (RFC 6238 section 5.2)."""


class Locked(VolunteerError):
    """Too many wrong tries."""

    def __init__(self, seconds: int, until: str) -> None:
        super().__init__(until=until)
        self.headers = {"Retry-After": str(max(1, seconds))}


class TooManyCodes(VolunteerError):
    """So many codes were sent to this phone that another one has to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(max(1, seconds))}


class NotAVolunteer(VolunteerError):
    """The registration was refused: there is nothing to note for this person."""


class NoSuchQualification(VolunteerError):
    """This volunteer has no qualification with this id."""


class QualificationOver(VolunteerError):
    """It was renewed, revoked or has expired before."""


class ValidUntilMissing(VolunteerError):
    """An insurance and a check run out, so they say when."""


class ValidUntilPast(VolunteerError):
    """The day lies behind us."""


class NoEvidence(VolunteerError):
    """Nothing was noted to show for it."""
