"""The decoder that is trained: Llama, and Mixtral where the configuration has experts.

RMSNorm (Zhang and Sennrich 2019), rotary positions with the halves of a head paired (element d with d + head_dim / 2, as the
Hugging Face checkpoints have them), grouped-query attention, SwiGLU. Configuration keys and tensor names are those of Hugging Face,
so a state is written to a file as it is. A model is a dictionary from name to tensor and works in whatever precision those have.
Left out: KV cache, dropout, padding, biases, sliding windows: training and references need none.
"""
from typing import NamedTuple

import torch
import torch.nn.functional as F

EXPERT_PARTS = {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"}  # Mixtral's names for the matrices of an expert


def ignore(name, x):
    """What is told of activations when nobody asks."""


class Model(NamedTuple):
    """Configuration and tensors; `observe(name, x)` is called with what leaves a norm, k_proj, v_proj or enters a down matrix."""

    config: dict
    weights: dict
    observe: object = ignore


def tensor_shapes(config):
    """Name and shape of every tensor, [outputs, inputs] for matrices, in the order of the layers."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    shapes = {"model.embed_tokens.weight": (config["vocab_size"], hidden)}
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        shapes[at + "input_layernorm.weight"] = (hidden,)
        for name, rows in (("q", queries), ("k", keys), ("v", keys)):
            shapes[f"{at}self_attn.{name}_proj.weight"] = (rows, hidden)
        shapes[at + "self_attn.o_proj.weight"] = (hidden, queries)
        shapes[at + "post_attention_layernorm.weight"] = (hidden,)
        if "num_local_experts" in config:
            shapes[at + "block_sparse_moe.gate.weight"] = (config["num_local_experts"], hidden)
        for block in feed_forward_blocks(config, layer):
            shapes[block["gate_proj"]] = shapes[block["up_proj"]] = (inner, hidden)
            shapes[block["down_proj"]] = (hidden, inner)
    shapes["model.norm.weight"] = (hidden,)
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (config["vocab_size"], hidden)
    return shapes


def feed_forward_blocks(config, layer):
    """Tensor names of the feed-forward blocks of a layer: one, or one for each expert."""
    at = f"model.layers.{layer}."
    if "num_local_experts" not in config:
        return [{part: f"{at}mlp.{part}.weight" for part in EXPERT_PARTS}]
    experts = range(config["num_local_experts"])
    return [{part: f"{at}block_sparse_moe.experts.{e}.{name}.weight" for part, name in EXPERT_PARTS.items()} for e in experts]


def initial_weights(config, seed):
    """Normal with deviation 0.02; what writes into the residual is divided by sqrt(2 layers), as in GPT-2."""
    generator = torch.Generator().manual_seed(seed)
    residual = (2 * config["num_hidden_layers"]) ** -0.5
    weights = {}
    for name, shape in tensor_shapes(config).items():
        if len(shape) == 1:
            weights[name] = torch.ones(shape)
            continue
        writes_residual = any(part in name for part in ("o_proj", "down_proj", ".w2."))
        weights[name] = torch.randn(shape, generator=generator) * (0.02 * (residual if writes_residual else 1))
    return weights


def rms_norm(x, gain, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * gain


def rotary_tables(config, length, dtype):
    """Cosine and sine of position times theta^(-2d / head_dim), d < head_dim / 2, [length, head_dim / 2]."""
    half = config["head_dim"] // 2
    frequency = config["rope_theta"] ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(length, dtype=torch.float64)[:, None] * frequency
    return angle.cos().to(dtype), angle.sin().to(dtype)


def rotate(x, tables):
    cos, sin = tables
    low, high = x.chunk(2, dim=-1)
    return torch.cat((low * cos - high * sin, high * cos + low * sin), dim=-1)


def attention(model, at, x):
    """Causal self-attention; a key and value head serves heads / kv heads query heads that follow each other."""
    config, batch, length = model.config, x.shape[0], x.shape[1]
    size, groups = config["head_dim"], config["num_attention_heads"] // config["num_key_value_heads"]

    def heads_of(name):
        projected = F.linear(x, model.weights[f"{at}self_attn.{name}_proj.weight"])
        if name != "q":
            model.observe(f"{at}self_attn.{name}_proj", projected)
        return projected.view(batch, length, -1, size).transpose(1, 2)

    tables = rotary_tables(config, length, x.dtype)
    query, key, value = rotate(heads_of("q"), tables) * size**-0.5, rotate(heads_of("k"), tables), heads_of("v")
    key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    later = torch.full((length, length), float("-inf"), dtype=x.dtype).triu(1)
    scores = query @ key.transpose(2, 3) + later
    mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, -1)
    return F.linear(mixed, model.weights[f"{at}self_attn.o_proj.weight"])


def feed_forward(model, block, x):
    gate, up = F.linear(x, model.weights[block["gate_proj"]]), F.linear(x, model.weights[block["up_proj"]])
    gated = F.silu(gate) * up
    model.observe(block["down_proj"], gated)
    return F.linear(gated, model.weights[block["down_proj"]])


def expert_mixture(model, layer, x):
    """Sum of the chosen experts, weighted by the softmax over all routing logits renormalized over the chosen (Mixtral).

    Also returns the load-balancing loss of the Switch Transformer over the top choices: experts x sum(share chosen x mean probability).
    """
    config, rows = model.config, x.reshape(-1, x.shape[-1])
    probability = F.linear(rows, model.weights[f"model.layers.{layer}.block_sparse_moe.gate.weight"]).softmax(-1)
    share, chosen = probability.topk(config["num_experts_per_tok"], dim=-1)
    share = share / share.sum(-1, keepdim=True)
    total = torch.zeros_like(rows)
    for expert, block in enumerate(feed_forward_blocks(config, layer)):
        row, rank = torch.nonzero(chosen == expert, as_tuple=True)
        total = total.index_add(0, row, feed_forward(model, block, rows[row]) * share[row, rank, None])
    load = F.one_hot(chosen, config["num_local_experts"]).to(x.dtype).sum(1).mean(0)
    balance = config["num_local_experts"] * (load * probability.mean(0)).sum()
    return total.view_as(x), balance


def forward(model, tokens):
    """Logits [batch, length, vocabulary] of tokens [batch, length], and the load-balancing loss averaged over the layers (0 without experts)."""
    config, weights = model.config, model.weights

    def norm(name, x):
        normed = rms_norm(x, weights[name + ".weight"], config["rms_norm_eps"])
        model.observe(name, normed)
        return normed

    x, balance = weights["model.embed_tokens.weight"][tokens], 0.0
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        x = x + attention(model, at, norm(at + "input_layernorm", x))
        normed = norm(at + "post_attention_layernorm", x)
        if "num_local_experts" in config:
            mixed, unevenness = expert_mixture(model, layer, normed)
            x, balance = x + mixed, balance + unevenness / config["num_hidden_layers"]
        else:
            x = x + feed_forward(model, feed_forward_blocks(config, layer)[0], normed)
    return F.linear(norm("model.norm", x), weights.get("lm_head.weight", weights["model.embed_tokens.weight"])), balance


def window_losses(model, text):
    """Mean negative log-likelihood (nats) of each whole window of the context length; the first byte of a window is not scored."""
    length = model.config["max_position_embeddings"]
    windows = torch.frombuffer(bytearray(text), dtype=torch.uint8).long()
    windows = windows[: len(text) // length * length].view(-1, length)
    losses = []
    with torch.no_grad():
        for part in windows.split(16):
            logits, _ = forward(model, part)
            nats = F.cross_entropy(logits[:, :-1].flatten(0, 1), part[:, 1:].flatten(), reduction="none")
            losses.append(nats.view(len(part), -1).double().mean(1))
    return torch.cat(losses)
