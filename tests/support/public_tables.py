"""Small tables in the look of well-known public ones: their separators, gaps, texts, dates and mistakes."""

import random
from collections.abc import Callable, Iterable


def rows_of(
    make: Callable[[random.Random, int], Iterable[object]], count: int = 60, end: str = ","
) -> str:
    """Return the lines of a table, each made by a function of a seeded generator and its number."""
    rng = random.Random(7)
    return "".join(end.join(map(str, make(rng, i))) + "\n" for i in range(count))


def _titanic(rng: random.Random, i: int) -> Iterable[object]:
    sex = rng.choice(("male", "female"))
    age = "" if i % 5 == 0 else rng.choice((22, 38.5, 4, 61))
    name = f'"Passenger{i}, Mr. {"abcdefgh"[i % 8]} ""{i}"" Smith"'
    cabin = f"C{i}" if i % 6 == 0 else ""
    port = "" if i == 7 else rng.choice("SCQ")
    survived = int(sex == "female")
    return (i + 1, survived, rng.randint(1, 3), name, sex, age, f"PC {17000 + i}", 7.25 + i, cabin, port)


def _adult(rng: random.Random, i: int) -> Iterable[object]:
    age = rng.randint(18, 80)
    work = "?" if i % 9 == 0 else rng.choice(("Private", "State-gov", "Self-emp-inc"))
    country = rng.choice([*(f"Country{n}" for n in range(15)), *["United-States"] * 30])
    return (
        age,
        work,
        70000 + 37 * i,
        rng.choice(("Bachelors", "HS-grad")),
        country,
        ">50K" if age > 50 else "<=50K",
    )


def _wine(rng: random.Random, i: int) -> Iterable[object]:
    acid = rng.uniform(4, 12)
    return f"{acid:.1f}", f"{rng.random():.2f}", f"{rng.uniform(8, 14):.1f}", 5 + (acid > 8) + (acid > 10)


def _auto(rng: random.Random, i: int) -> str:
    weight = 2000 + 40 * i
    power = "?     " if i == 11 else f"{80 + i}.0  "
    year, origin = 70 + i % 13, 1 + i % 3
    return f'{40 - weight / 200:.1f}   {rng.choice((4, 6, 8))}   {power}    {weight}.      {year}  {origin}\t"ford model {i}"'


def _cancer(rng: random.Random, i: int) -> Iterable[object]:
    ill = i % 3 == 0
    return 842302 + 997 * i, "M" if ill else "B", *(f"{rng.gauss(15 + 5 * ill, 1):.4f}" for _ in range(4))


def _housing(rng: random.Random, i: int) -> Iterable[object]:
    area = rng.randint(500, 4000)
    day = f"2014{1 + i % 12:02}{1 + i % 28:02}T000000"
    return (
        f"{7129300520 + i}",
        day,
        f'"{1000 * (area // 4):,}"',
        rng.randint(1, 5),
        f'"{area:,}"',
        98001 + i % 20,
    )


def _heart(rng: random.Random, i: int) -> Iterable[object]:
    old = rng.randint(30, 77)
    return f"{old}.0", "1.0", f"{rng.randint(94, 200)}.0", "?" if i == 9 else "3.0", int(old > 55)


def _penguins(rng: random.Random, i: int) -> Iterable[object]:
    kind = i % 3
    sizes = (
        ("NA",) * 3
        if i == 4
        else (f"{40 + 5 * kind + rng.random():.1f}", 190 + 10 * kind, 3700 + 300 * kind)
    )
    sex = "NA" if i % 9 == 4 else rng.choice(("male", "female"))
    return (
        i + 1,
        ("Adelie", "Chinstrap", "Gentoo")[kind],
        ("Biscoe", "Dream")[i % 2],
        *sizes,
        sex,
        2007 + i % 3,
    )


def _mushrooms(rng: random.Random, i: int) -> Iterable[object]:
    odor = rng.choice("anfy")
    return "p" if odor in "fy" else "e", rng.choice("xbsf"), odor, rng.choice("?bce"), "p"


def _bank(rng: random.Random, i: int) -> Iterable[object]:
    long = rng.randint(1, 900)
    quoted = (
        rng.choice(("admin.", "unknown", "services")),
        rng.choice(("yes", "no")),
        rng.choice(("may", "jun")),
    )
    return (
        rng.randint(18, 80),
        *(f'"{text}"' for text in quoted),
        long,
        f'"{"yes" if long > 500 else "no"}"',
    )


def _iris(rng: random.Random, i: int) -> Iterable[object]:
    kind = i % 3
    return *(f"{kind + rng.random():.1f}" for _ in range(4)), (
        "Iris-setosa",
        "Iris-versicolor",
        "Iris-virginica",
    )[kind]


def _abalone(rng: random.Random, i: int) -> Iterable[object]:
    rings = rng.randint(3, 29)
    return rng.choice("MFI"), f"{rings / 40 + rng.random() / 9:.3f}", f"{rings / 30:.4f}", rings


def _sonar(rng: random.Random, i: int) -> Iterable[object]:
    rock = i % 2
    return *(f"{rng.random() / 2 + rock / 3:.4f}" for _ in range(12)), "RM"[rock]


def _fires(rng: random.Random, i: int) -> Iterable[object]:
    dry = rng.uniform(0, 30)
    return (
        rng.choice(("mar", "aug", "sep")),
        rng.choice(("fri", "sat")),
        f"{dry:.1f}",
        f"{dry * dry / 9:.2f}",
    )


def _air(rng: random.Random, i: int) -> Iterable[object]:
    carbon = f"{rng.uniform(0.5, 6):.1f}".replace(".", ",")
    return (
        "10/03/2004",
        f"{i % 24:02}.00.00",
        carbon,
        1360 + i,
        f"{rng.uniform(2, 20):.1f}".replace(".", ","),
        "",
        "",
    )


def _students(rng: random.Random, i: int) -> Iterable[object]:
    grade = rng.randint(0, 20)
    texts = (rng.choice(("GP", "MS")), rng.choice("FM"), rng.choice(("at_home", "teacher", "other")))
    return *(f'"{text}"' for text in texts), rng.randint(15, 20), f'"{min(20, grade + 1)}"', grade


TABLES: dict[str, str] = {
    "titanic": "PassengerId,Survived,Pclass,Name,Sex,Age,Ticket,Fare,Cabin,Embarked\n" + rows_of(_titanic),
    "adult": rows_of(_adult, 80, ", "),
    "wine": '"fixed acidity";"volatile acidity";"alcohol";"quality"\n' + rows_of(_wine, end=";"),
    "auto": rows_of(lambda rng, i: [_auto(rng, i)]),
    "cancer": "id,diagnosis,radius_mean,texture_mean,area_mean,points_worst,\n"
    + rows_of(lambda rng, i: (*_cancer(rng, i), "")),
    "housing": "id,date,price,bedrooms,sqft,zipcode\n" + rows_of(_housing),
    "heart": rows_of(_heart),
    "penguins": '"rowid","species","island","bill_length_mm","flipper","mass","sex","year"\n' + rows_of(_penguins),
    "mushrooms": rows_of(_mushrooms),
    "bank": '"age";"job";"housing";"month";"duration";"y"\n' + rows_of(_bank, end=";"),
    "iris": rows_of(_iris) + "\n",
    "irises": "sepal_length,sepal_width,petal_length,petal_width,species\n" + rows_of(_iris),
    "abalone": rows_of(_abalone, 150),
    "sonar": rows_of(_sonar),
    "fires": "month,day,temp,area\n" + rows_of(_fires),
    "air": "Date;Time;CO(GT);PT08.S1(CO);C6H6(GT);;\n" + rows_of(_air, end=";") + ";;;;;;\n" * 5,
    "students": "school;sex;Mjob;age;G1;G3\n" + rows_of(_students, end=";"),
}  # fmt: skip
"""The text of each, by the name of what it looks like."""
