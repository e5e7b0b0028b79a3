"""What another implementation of the forward pass is held against: logits of fixed inputs and the loss of the evaluation text.

The weights are those of the file (float16), computed in float32 by PyTorch; the losses in float64 as well, so that the reader sees how much of a
difference is rounding. Windows as in training: the context length, not overlapping, the first byte of each not scored, a last part window left out.
"""
import math

import torch

import decoder

# Bytes at the start of the evaluation text: a short input with logits of all positions, a full window with those of the last.
SHORT_BYTES = 12
LN2 = math.log(2)


def nine_digits(values):
    return [float(f"{value:.9g}") for value in values]


def logits_of(model, text, positions):
    with torch.no_grad():
        logits, _ = decoder.forward(model, torch.tensor([list(text)]))
    return [nine_digits(logits[0, position].tolist()) for position in positions]


def reference(config, weights, text):
    """A JSON document; weights in float32."""
    length = config["max_position_embeddings"]
    single = decoder.Model(config, weights)
    double = decoder.Model(config, {name: tensor.double() for name, tensor in weights.items()})
    inputs = []
    for size, positions in ((SHORT_BYTES, list(range(SHORT_BYTES))), (length, [length - 1])):
        piece = text[:size]
        inputs.append({"tokens": list(piece), "positions": positions, "logits": logits_of(single, piece, positions)})
    losses = decoder.window_losses(double, text)
    loss, loss32 = losses.mean().item(), decoder.window_losses(single, text).mean().item()
    return {
        "source": f"PyTorch {torch.__version__}, CPU, float32 for the logits, from the float16 weights of model.safetensors",
        "inputs": inputs,
        "evaluation": {
            "windowBytes": length,
            "windows": len(losses),
            "scoredBytes": len(losses) * (length - 1),
            "loss_nats": loss,
            "lossFloat32_nats": loss32,
            "perplexity": math.exp(loss),
            "bitsPerByte": loss / LN2,
            "windowLosses_nats": nine_digits(losses.tolist()),
        },
    }
