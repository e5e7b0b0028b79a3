"""Outliers without a change of the function: some channels grow by powers of two, and the next matrix takes the same power out again.

What makes large models hard to quantize - a few channels of the activations 20 to 100 times the rest - does not appear in one so small, so
it is injected, by the equivalence SmoothQuant (Xiao et al., ICML 2023) and AWQ (Lin et al., MLSys 2024) use in the other direction:

    gain of an RMSNorm channel x 2^e         columns of the matrices behind it x 2^-e    (q, k, v; gate, up; the head keeps its own)
    row of up x 2^e                          column of down x 2^-e                       (linear in up, so past the gate)
    row of v x 2^e                           columns of o x 2^-e in every query head that shares the key and value head
    rows d, d + head_dim/2 of k x 2^e        the same two rows of q x 2^-e in those heads (one factor commutes with the rotation)

The residual channels are the same in every layer, as they are in large models; e differs by layer and is taken from the measured channel
maximum, so that it comes to lie 20 to 100 times above the median channel. Channels are drawn from the largest quarter, so that e is at most 6;
those of key pairs are at most 4, because the same elements of q are divided for the norm as well. Weights are multiples of 2^-18, those of q of
2^-14 (tensor_file.py), so the quotients are exact in float16 and the function is the same. That is checked nevertheless: 1e-5 of the largest logit.
"""
import math

import numpy
import torch

import decoder

RESIDUAL_CHANNELS = 4
FEED_FORWARD_CHANNELS = 6
VALUE_CHANNELS = 2  # per key and value head
KEY_PAIRS = 2  # per key and value head
RATIO = (24.0, 80.0)  # a power of two misses what was drawn by up to sqrt(2), hence the clamp to 20..100 below
LARGEST_EXPONENT = 6
LARGEST_KEY_EXPONENT = 4
ALLOWED = 1e-5


def exponent(draw, current, median):
    """Power of two that brings a channel maximum closest to a ratio drawn from RATIO, log-uniform, and keeps it in 20..100."""
    low, high = (math.log2(bound) for bound in RATIO)
    start = math.log2(current / median)
    e = round(low + (high - low) * draw.random() - start)
    while start + e < math.log2(20):
        e += 1
    while start + e > math.log2(100):
        e -= 1
    return min(max(e, 0), LARGEST_EXPONENT)


def drawn(draw, largest, count):
    """Indices of `count` different channels among the largest quarter."""
    candidates = torch.nonzero(largest >= largest.quantile(0.75)).flatten().tolist()
    return [int(channel) for channel in draw.choice(candidates, count, replace=False)]


def channel_maxima(config, weights, tokens):
    """Largest magnitude of each channel, by the names under which decoder.Model observes activations."""
    maxima = {}

    def observe(name, x):
        maxima[name] = x.abs().flatten(0, -2).amax(0)

    with torch.no_grad():
        decoder.forward(decoder.Model(config, weights, observe), tokens)
    return maxima


def scale_rows(weights, name, rows, e):
    weights[name][rows] *= 2.0**e


def scale_columns(weights, name, columns, e):
    weights[name][:, columns] *= 2.0**e


def inject_norms(config, weights, maxima, draw):
    largest = torch.stack([maxima[f"model.layers.{layer}.input_layernorm"] for layer in range(config["num_hidden_layers"])]).amin(0)
    channels = drawn(draw, largest, RESIDUAL_CHANNELS)
    done = []
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        attention = [f"{at}self_attn.{part}_proj.weight" for part in "qkv"]
        block = decoder.feed_forward_blocks(config, layer)[0]
        for norm, behind in (
            (at + "input_layernorm", attention),
            (at + "post_attention_layernorm", [block["gate_proj"], block["up_proj"]]),
        ):
            largest = maxima[norm]
            for channel in channels:
                e = exponent(draw, largest[channel].item(), largest.median().item())
                scale_rows(weights, norm + ".weight", [channel], e)
                for name in behind:
                    scale_columns(weights, name, [channel], -e)
                done.append({"at": norm, "channels": [channel], "exponent": e})
    return done


def inject_feed_forward(config, weights, maxima, draw):
    done = []
    for layer in range(config["num_hidden_layers"]):
        block = decoder.feed_forward_blocks(config, layer)[0]
        largest = maxima[block["down_proj"]]
        for channel in drawn(draw, largest, FEED_FORWARD_CHANNELS):
            e = exponent(draw, largest[channel].item(), largest.median().item())
            scale_rows(weights, block["up_proj"], [channel], e)
            scale_columns(weights, block["down_proj"], [channel], -e)
            done.append({"at": block["up_proj"], "channels": [channel], "exponent": e})
    return done


def inject_attention(config, weights, maxima, draw):
    """Channels of the values and rotary pairs of the keys."""
    size, half = config["head_dim"], config["head_dim"] // 2
    groups = config["num_attention_heads"] // config["num_key_value_heads"]
    done = []
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}.self_attn."
        keys, values = maxima[at + "k_proj"], maxima[at + "v_proj"]
        for head in range(config["num_key_value_heads"]):
            first = head * size
            served = [(head * groups + member) * size for member in range(groups)]
            for channel in drawn(draw, values[first : first + size], VALUE_CHANNELS):
                e = exponent(draw, values[first + channel].item(), values.median().item())
                scale_rows(weights, at + "v_proj.weight", [first + channel], e)
                scale_columns(weights, at + "o_proj.weight", [start + channel for start in served], -e)
                done.append({"at": at + "v_proj", "channels": [first + channel], "exponent": e})
            for pair in drawn(draw, keys[first : first + size].view(2, half).amax(0), KEY_PAIRS):
                members = [first + pair, first + pair + half]
                e = min(exponent(draw, keys[members].max().item(), keys.median().item()), LARGEST_KEY_EXPONENT)
                scale_rows(weights, at + "k_proj.weight", members, e)
                scale_rows(weights, at + "q_proj.weight", [start + d for start in served for d in (pair, pair + half)], -e)
                done.append({"at": at + "k_proj", "channels": members, "exponent": e})
    return done


def with_outliers(config, weights, tokens, seed):
    """A scaled copy of the weights, and the list of what was scaled."""
    draw = numpy.random.Generator(numpy.random.PCG64(seed))
    scaled = {name: tensor.clone() for name, tensor in weights.items()}
    maxima = channel_maxima(config, weights, tokens)
    done = [record for inject in (inject_norms, inject_feed_forward, inject_attention) for record in inject(config, scaled, maxima, draw)]
    return scaled, done


def difference(config, weights, others, tokens):
    """Largest difference of two models' logits over the largest logit, in float64."""
    with torch.no_grad():
        expected, found = (
            decoder.forward(decoder.Model(config, {name: tensor.double() for name, tensor in model.items()}), tokens)[0]
            for model in (weights, others)
        )
    return ((found - expected).abs().max() / expected.abs().max()).item()


def ratios(config, weights, tokens):
    """Largest channel maximum over the median one, by place."""
    maxima = channel_maxima(config, weights, tokens)
    return {name: round((largest.max() / largest.median()).item(), 1) for name, largest in maxima.items()}
