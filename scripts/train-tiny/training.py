"""Training: AdamW (Loshchilov and Hutter 2019) with linear warm-up and cosine decay, checkpoints, and a log of the losses.

The batch of a step is drawn from a generator seeded with (seed, step), so a run that was interrupted continues as if it had not been.
One thread: sums are then added in one order, and two trainings side by side use two cores better than one training on both.
"""
import json
import math
import os
import time

import numpy
import torch
import torch.nn.functional as F

import decoder
import prose

BATCH = 16
PEAK_RATE = 2e-3
LAST_RATE = 1e-4
WARM_UP_STEPS = 100
BETAS = (0.9, 0.95)
WEIGHT_DECAY = 0.1
GRADIENT_NORM = 1.0
LOG_EVERY = 100
VALIDATION_WINDOWS = 128


def learning_rate(step, steps):
    if step < WARM_UP_STEPS:
        return PEAK_RATE * (step + 1) / WARM_UP_STEPS
    progress = (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)
    return LAST_RATE + (PEAK_RATE - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * progress))


def batch_at(text, length, seed, step):
    """BATCH pieces of length + 1 bytes at random places."""
    starts = numpy.random.Generator(numpy.random.PCG64([seed, step])).integers(0, len(text) - length - 1, BATCH)
    pieces = numpy.stack([text[start : start + length + 1] for start in starts])
    return torch.from_numpy(pieces.astype(numpy.int64))


def spread_windows(text, length, count):
    """`count` windows spread evenly over the text, joined."""
    starts = [i * (len(text) - length) // (count - 1) for i in range(count)]
    return b"".join(text[start : start + length] for start in starts)


def optimizer_of(weights):
    """Decay for matrices, none for gains."""
    matrices = [tensor for tensor in weights.values() if tensor.dim() > 1]
    gains = [tensor for tensor in weights.values() if tensor.dim() == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": gains, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=PEAK_RATE, betas=BETAS)


def save_checkpoint(path, state):
    """Under another name first, so that an interruption leaves the last whole checkpoint."""
    torch.save(state, path.with_suffix(".part"))
    os.replace(path.with_suffix(".part"), path)


def take_step(config, weights, optimizer, batch):
    """One update; returns the training loss in nats per byte."""
    logits, balance = decoder.forward(decoder.Model(config, weights), batch[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
    total = loss + config.get("router_aux_loss_coef", 0.0) * balance
    optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(list(weights.values()), GRADIENT_NORM)
    optimizer.step()
    return loss.item()


def train(config, folder, steps, seed):
    """Trains to `steps`, from folder/checkpoint.pt when there is one; keeps the log beside it and returns the weights."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    found = prose.documents(folder.parent / "text")
    trained, kept_out = prose.split(found)
    length = config["max_position_embeddings"]
    text = numpy.frombuffer(prose.joined(found, trained), dtype=numpy.uint8)
    validation = spread_windows(prose.joined(found, kept_out), length, VALIDATION_WINDOWS)

    weights = {name: tensor.requires_grad_() for name, tensor in decoder.initial_weights(config, seed).items()}
    optimizer = optimizer_of(weights)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, step, log, seconds = folder / "checkpoint.pt", 0, [], 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        step, log, seconds = state["step"], state["log"], state["seconds"]
        optimizer.load_state_dict(state["optimizer"])
        for name, tensor in state["weights"].items():
            weights[name].data.copy_(tensor)

    started, recent = time.monotonic(), []
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps)
        recent.append(take_step(config, weights, optimizer, batch_at(text, length, seed, step)))
        step += 1
        if step % LOG_EVERY and step != steps:
            continue
        loss = decoder.window_losses(decoder.Model(config, weights), validation).mean().item()
        log.append({"step": step, "trainingLoss": sum(recent) / len(recent), "validationLoss": loss})
        recent = []
        took = seconds + time.monotonic() - started
        print(f"step {step} loss {log[-1]['trainingLoss']:.4f} validation {loss:.4f} {took:.0f} s", flush=True)
        plain = {name: tensor.detach().clone() for name, tensor in weights.items()}
        state = {"step": step, "log": log, "seconds": took, "seed": seed, "weights": plain, "optimizer": optimizer.state_dict()}
        save_checkpoint(checkpoint, state)
        (folder / "log.json").write_text(json.dumps({"seed": seed, "steps": steps, "seconds": round(took), "losses": log}, indent=1))
    return {name: tensor.detach() for name, tensor in weights.items()}
