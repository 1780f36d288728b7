"""Where the stores of the economy sell: countries with their taxes, cities, names and carriers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

__all__ = ["AMERICA", "EUROPE", "Country", "Region"]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("\n", ",").split(",") if name.strip())


_AMERICAN = _names("""
Emma,Olivia,Ava,Sophia,Mia,Amelia,Harper,Evelyn,Abigail,Emily,Ella,Grace,Chloe,Nora,Hazel,Zoe,Lucy,Maya,Naomi,Ruth
Liam,Noah,James,Lucas,Henry,Owen,Daniel,Jack,Samuel,Leo,Mateo,David,Isaac,Caleb,Julian,Aaron,Miles,Felix,Oscar,Theo
""")
_AMERICAN_FAMILIES = _names("""
Smith,Johnson,Brown,Garcia,Miller,Davis,Martinez,Wilson,Anderson,Taylor,Moore,Jackson,Martin,Lee,Perez,Thompson,White
Harris,Clark,Lewis,Robinson,Walker,Young,Allen,King,Wright,Torres,Nguyen,Hill,Flores,Green,Adams,Nelson,Baker,Hall
Rivera,Campbell,Mitchell,Carter,Roberts,Gomez,Phillips,Evans,Turner,Diaz,Parker,Cruz,Edwards,Collins,Reyes,Stewart
""")
_GERMAN = _names("""
Anna,Lena,Marie,Lea,Hannah,Mia,Emilia,Clara,Ida,Frieda,Greta,Johanna,Katharina,Laura,Nele,Paula,Sarah,Sophie,Theresa
Jana,Ben,Paul,Leon,Finn,Jonas,Elias,Felix,Maximilian,Moritz,Anton,Emil,Jakob,Karl,Konrad,Lukas,Matthias,Niklas,Oskar
""")
_GERMAN_FAMILIES = _names("""
Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,Koch,Bauer,Richter,Klein,Wolf,Schröder
Neumann,Schwarz,Zimmermann,Braun,Krüger,Hofmann,Hartmann,Lange,Werner,Krause,Lehmann,Köhler,Maier,Gruber,Huber,Moser
Winkler,Steiner,Berger,Brunner,Keller,Frei,Graf,Vogel,Lorenz,Böhm,Sommer,Winter,Busch,Kuhn,Pohl,Engel,Horn,Sauer
""")
_DUTCH = _names("Daan,Sem,Lieke,Fleur,Sanne,Bram,Thijs,Eva,Noor,Jasper,Lotte,Ruben,Anouk,Floor,Milan,Tess,Joris,Femke")
_DUTCH_FAMILIES = _names("""
de Jong,Jansen,de Vries,van den Berg,Bakker,Visser,Smit,Meijer,Mulder,de Groot,Bos,Vos,Peters,Hendriks,Dekker,Brouwer
""")
_FRENCH = _names("""
Camille,Léa,Manon,Chloé,Inès,Juliette,Louise,Alice,Hugo,Louis,Jules,Gabriel,Arthur,Raphaël,Antoine,Théo,Lucie,Élise
""")
_FRENCH_FAMILIES = _names("""
Bernard,Dubois,Thomas,Robert,Richard,Petit,Durand,Leroy,Moreau,Simon,Laurent,Lefèvre,Michel,Garcia,Roux,Fournier
""")


@dataclass(frozen=True)
class Country:
    """A country that customers live in.

    `weight` is its share of the customers. `tax` is what it calls its tax, `rate` the usual one and `reduced` that of
    food; without a name there is none. `cities` are names with postcode and province; `rates` are those of provinces
    which have their own. A parcel is `days` on its way.
    """

    code: str
    weight: float
    tax: str
    rate: Decimal
    reduced: Decimal
    first: tuple[str, ...] = field(repr=False)
    last: tuple[str, ...] = field(repr=False)
    cities: tuple[tuple[str, str, str | None], ...] = field(repr=False)
    streets: tuple[str, ...] = field(repr=False)
    days: tuple[int, int] = (1, 3)
    rates: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Region:
    """The countries of a store, its own first, and what it asks for parcels."""

    countries: tuple[Country, ...]
    included: bool
    locale: str
    standard: Decimal
    express: Decimal
    abroad: Decimal
    free_above: Decimal
    carrier: str


def _rate(text: str) -> Decimal:
    return Decimal(text) / 100


_STREETS_DE = ("Lindenstraße", "Hauptstraße", "Gartenweg", "Schillerstraße", "Am Markt", "Bergstraße", "Mühlenweg")
_STREETS_US = ("Maple Street", "Oak Avenue", "Cedar Lane", "Lake Drive", "Hill Road", "Park Avenue", "Second Street")

EUROPE = Region(
    countries=(
        Country("DE", 62, "MwSt.", _rate("19"), _rate("7"), _GERMAN, _GERMAN_FAMILIES, (
            ("Berlin", "10119", None), ("Hamburg", "20095", None), ("München", "80331", None), ("Köln", "50667", None),
            ("Leipzig", "04109", None), ("Dresden", "01067", None), ("Bremen", "28195", None), ("Kiel", "24103", None),
            ("Münster", "48143", None), ("Kassel", "34117", None), ("Rostock", "18055", None), ("Mainz", "55116", None),
        ), _STREETS_DE),
        Country("AT", 13, "USt.", _rate("20"), _rate("10"), _GERMAN, _GERMAN_FAMILIES, (
            ("Wien", "1010", None), ("Graz", "8010", None), ("Linz", "4020", None), ("Salzburg", "5020", None),
        ), _STREETS_DE, (2, 4)),
        Country("NL", 10, "BTW", _rate("21"), _rate("9"), _DUTCH, _DUTCH_FAMILIES, (
            ("Amsterdam", "1012 AB", None), ("Utrecht", "3511 CE", None), ("Rotterdam", "3011 AA", None),
        ), ("Dorpsstraat", "Kerkstraat", "Molenweg", "Stationsweg"), (2, 4)),
        Country("FR", 8, "TVA", _rate("20"), _rate("5.5"), _FRENCH, _FRENCH_FAMILIES, (
            ("Paris", "75011", None), ("Lyon", "69002", None), ("Strasbourg", "67000", None),
        ), ("rue de la Paix", "avenue Victor Hugo", "rue du Moulin", "rue des Écoles"), (2, 5)),
        Country("CH", 7, "", Decimal(0), Decimal(0), _GERMAN, _GERMAN_FAMILIES, (
            ("Zürich", "8001", None), ("Basel", "4051", None), ("Bern", "3011", None),
        ), _STREETS_DE, (3, 7)),
    ),
    included=True, locale="de", standard=Decimal("4.90"), express=Decimal("9.90"), abroad=Decimal("9.90"),
    free_above=Decimal(75), carrier="DHL",
)  # fmt: skip
AMERICA = Region(
    countries=(
        Country("US", 86, "State tax", _rate("6.25"), Decimal(0), _AMERICAN, _AMERICAN_FAMILIES, (
            ("New York", "10013", "NY"), ("Brooklyn", "11201", "NY"), ("Boston", "02108", "MA"),
            ("Chicago", "60601", "IL"), ("Seattle", "98101", "WA"), ("Portland", "97201", "OR"),
            ("Austin", "78701", "TX"), ("Denver", "80202", "CO"), ("San Francisco", "94103", "CA"),
            ("Los Angeles", "90012", "CA"), ("Miami", "33101", "FL"), ("Philadelphia", "19103", "PA"),
        ), _STREETS_US, (2, 5), (
            ("NY", _rate("8.875")), ("IL", _rate("10.25")), ("WA", _rate("10.25")), ("OR", Decimal(0)),
            ("TX", _rate("8.25")), ("CO", _rate("8.81")), ("CA", _rate("8.625")), ("FL", _rate("7")),
            ("PA", _rate("8")),
        )),
        Country("CA", 14, "", Decimal(0), Decimal(0), _AMERICAN, _AMERICAN_FAMILIES, (
            ("Toronto", "M5H 2N2", "ON"), ("Vancouver", "V6B 1A1", "BC"), ("Montréal", "H2Y 1C6", "QC"),
        ), _STREETS_US, (4, 9)),
    ),
    included=False, locale="en", standard=Decimal("5.90"), express=Decimal("14.90"), abroad=Decimal("16.90"),
    free_above=Decimal(90), carrier="UPS",
)  # fmt: skip
