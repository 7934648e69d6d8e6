"""The versions and editions that the double can be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    version: tuple[int, int, int, int]
    is_studio: bool

    @property
    def product(self) -> str:
        return "DaVinci Resolve Studio" if self.is_studio else "DaVinci Resolve"

    @property
    def text(self) -> str:
        return ".".join(str(part) for part in self.version)

    def is_at_least(self, *version: int) -> bool:
        return self.version >= version

    @property
    def has_menu_python(self) -> bool:
        """Free 21.1 and later list no Python scripts."""
        return self.is_studio or not self.is_at_least(21, 1)

    @property
    def has_external_scripting(self) -> bool:
        return self.is_studio

    @property
    def reads_subtitles(self) -> bool:
        return not self.is_at_least(20, 2)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("18.5 Studio", (18, 5, 0, 41), True),
        Profile("19.1 free", (19, 1, 3, 7), False),
        Profile("20.2 Studio", (20, 2, 0, 10), True),
        Profile("21.0 free", (21, 0, 3, 7), False),
        Profile("21.1 free", (21, 1, 0, 14), False),
        Profile("21.1 Studio", (21, 1, 0, 14), True),
    )
}
