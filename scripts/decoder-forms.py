"""Small random decoders of every form with logits by PyTorch: python3 scripts/decoder-forms.py, writes test/fixtures/decoders/FORM/.

config.json and model.safetensors (float16, names of Hugging Face transformers) and reference.json: logits in float64 from the float16 weights.
The forms are written from the published module code (transformers: modeling_gpt2, modeling_opt, modeling_qwen2, modeling_mixtral), with torch
functions only. Weights are normal with a deviation of 1.5 / sqrt(inputs), so that softmax and activations are far from linear.
"""
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "train-tiny"))

import torch
import torch.nn.functional as F

import tensor_file

OUT = pathlib.Path(__file__).resolve().parent.parent / "test" / "fixtures" / "decoders"
HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, CONTEXT = 32, 2, 4, 48, 61, 24
POSITIONS = [0, 1, 10, 23]


def drawn(shapes, seed):
    """Tensors as the file will hold them, in float64; gains near 1, biases and positions of deviation 0.3."""
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for name, (kind, *shape) in shapes.items():
        value = torch.randn(shape, generator=generator)
        if kind == "gain":
            value = 1 + 0.2 * value
        elif kind in ("bias", "table"):
            value = 0.3 * value
        else:
            inputs = shape[0] if kind == "conv1d" else shape[1]
            value = value * 1.5 * inputs**-0.5
        weights[name] = value.half()
    return weights


def causal(query, key, value):
    """[tokens, heads, size] each -> [tokens, heads * size]."""
    query, key, value = (x.transpose(0, 1) for x in (query, key, value))
    length = query.shape[1]
    later = torch.full((length, length), float("-inf"), dtype=query.dtype).triu(1)
    mixed = (query @ key.transpose(1, 2) * query.shape[-1] ** -0.5 + later).softmax(-1) @ value
    return mixed.transpose(0, 1).reshape(length, -1)


def layer_norm(w, name, x):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-5)


def gpt2_shapes():
    shapes = {"wte.weight": ("table", VOCABULARY, HIDDEN), "wpe.weight": ("table", CONTEXT, HIDDEN)}

    def norm(name):
        shapes.update({name + ".weight": ("gain", HIDDEN), name + ".bias": ("bias", HIDDEN)})

    def conv1d(name, inputs, outputs):
        shapes.update({name + ".weight": ("conv1d", inputs, outputs), name + ".bias": ("bias", outputs)})

    for i in range(LAYERS):
        norm(f"h.{i}.ln_1")
        conv1d(f"h.{i}.attn.c_attn", HIDDEN, 3 * HIDDEN)
        conv1d(f"h.{i}.attn.c_proj", HIDDEN, HIDDEN)
        norm(f"h.{i}.ln_2")
        conv1d(f"h.{i}.mlp.c_fc", HIDDEN, INNER)
        conv1d(f"h.{i}.mlp.c_proj", INNER, HIDDEN)
    norm("ln_f")
    return shapes


def gpt2_logits(config, w, tokens):
    x = w["wte.weight"][tokens] + w["wpe.weight"][: len(tokens)]
    for i in range(LAYERS):
        def conv1d(name, y):
            return y @ w[f"h.{i}.{name}.weight"] + w[f"h.{i}.{name}.bias"]

        parts = conv1d("attn.c_attn", layer_norm(w, f"h.{i}.ln_1", x)).chunk(3, dim=-1)
        x = x + conv1d("attn.c_proj", causal(*(part.view(len(tokens), HEADS, -1) for part in parts)))
        inner = F.gelu(conv1d("mlp.c_fc", layer_norm(w, f"h.{i}.ln_2", x)), approximate="tanh")
        x = x + conv1d("mlp.c_proj", inner)
    return layer_norm(w, "ln_f", x) @ w["wte.weight"].T


def opt_shapes():
    at = "model.decoder."
    shapes = {at + "embed_tokens.weight": ("table", VOCABULARY, HIDDEN), at + "embed_positions.weight": ("table", CONTEXT + 2, HIDDEN)}

    def norm(name):
        shapes.update({f"{at}{name}.weight": ("gain", HIDDEN), f"{at}{name}.bias": ("bias", HIDDEN)})

    def linear(name, outputs, inputs):
        shapes.update({f"{at}{name}.weight": ("linear", outputs, inputs), f"{at}{name}.bias": ("bias", outputs)})

    for i in range(LAYERS):
        norm(f"layers.{i}.self_attn_layer_norm")
        for name in ("q", "k", "v", "out"):
            linear(f"layers.{i}.self_attn.{name}_proj", HIDDEN, HIDDEN)
        norm(f"layers.{i}.final_layer_norm")
        linear(f"layers.{i}.fc1", INNER, HIDDEN)
        linear(f"layers.{i}.fc2", HIDDEN, INNER)
    norm("final_layer_norm")
    return shapes


def opt_logits(config, w, tokens):
    w = {name.removeprefix("model.decoder."): value for name, value in w.items()}
    x = w["embed_tokens.weight"][tokens] + w["embed_positions.weight"][2 : 2 + len(tokens)]
    for i in range(LAYERS):
        def linear(name, y):
            return F.linear(y, w[f"layers.{i}.{name}.weight"], w[f"layers.{i}.{name}.bias"])

        y = layer_norm(w, f"layers.{i}.self_attn_layer_norm", x)
        heads = (linear(f"self_attn.{name}_proj", y).view(len(tokens), HEADS, -1) for name in ("q", "k", "v"))
        x = x + linear("self_attn.out_proj", causal(*heads))
        x = x + linear("fc2", F.relu(linear("fc1", layer_norm(w, f"layers.{i}.final_layer_norm", x))))
    return layer_norm(w, "final_layer_norm", x) @ w["embed_tokens.weight"].T


def llama_shapes(config):
    size, kv, experts = config["head_dim"], config["num_key_value_heads"], config.get("num_local_experts", 0)
    biased = config["model_type"] == "qwen2"
    shapes = {"model.embed_tokens.weight": ("table", VOCABULARY, HIDDEN)}
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        for name, heads in (("q", HEADS), ("k", kv), ("v", kv)):
            shapes[f"{at}self_attn.{name}_proj.weight"] = ("linear", heads * size, HIDDEN)
            if biased:
                shapes[f"{at}self_attn.{name}_proj.bias"] = ("bias", heads * size)
        shapes[at + "self_attn.o_proj.weight"] = ("linear", HIDDEN, HEADS * size)
        shapes[at + "input_layernorm.weight"] = shapes[at + "post_attention_layernorm.weight"] = ("gain", HIDDEN)
        if experts:
            shapes[at + "block_sparse_moe.gate.weight"] = ("linear", experts, HIDDEN)
        for gate, up, down in blocks(config):
            shapes[f"{at}{gate}.weight"] = shapes[f"{at}{up}.weight"] = ("linear", INNER, HIDDEN)
            shapes[f"{at}{down}.weight"] = ("linear", HIDDEN, INNER)
    shapes["model.norm.weight"] = ("gain", HIDDEN)
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = ("linear", VOCABULARY, HIDDEN)
    return shapes


def blocks(config):
    if "num_local_experts" not in config:
        return [("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")]
    return [tuple(f"block_sparse_moe.experts.{e}.{name}" for name in ("w1", "w3", "w2")) for e in range(config["num_local_experts"])]


def llama_logits(config, w, tokens):
    size, groups = config["head_dim"], HEADS // config["num_key_value_heads"]
    half = size // 2
    frequency = config["rope_theta"] ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = (torch.arange(len(tokens), dtype=torch.float64)[:, None] * frequency)[:, None, :]

    def norm(name, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rms_norm_eps"]) * w[name + ".weight"]

    def rotate(x):
        low, high = x.chunk(2, dim=-1)
        return torch.cat((low * angle.cos() - high * angle.sin(), high * angle.cos() + low * angle.sin()), dim=-1)

    def feed_forward(at, block, y):
        gate, up, down = (w[f"{at}{name}.weight"] for name in block)
        return F.linear(F.silu(F.linear(y, gate)) * F.linear(y, up), down)

    x = w["model.embed_tokens.weight"][tokens]
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        y = norm(at + "input_layernorm", x)

        def heads(name):
            return F.linear(y, w[f"{at}self_attn.{name}.weight"], w.get(f"{at}self_attn.{name}.bias")).view(len(tokens), -1, size)

        key, value = rotate(heads("k_proj")).repeat_interleave(groups, 1), heads("v_proj").repeat_interleave(groups, 1)
        x = x + F.linear(causal(rotate(heads("q_proj")), key, value), w[at + "self_attn.o_proj.weight"])
        y = norm(at + "post_attention_layernorm", x)
        if "num_local_experts" not in config:
            x = x + feed_forward(at, blocks(config)[0], y)
            continue
        shares = F.linear(y, w[at + "block_sparse_moe.gate.weight"]).softmax(-1)
        top, chosen = shares.topk(config["num_experts_per_tok"], dim=-1)
        weight = torch.zeros_like(shares).scatter(-1, chosen, top / top.sum(-1, keepdim=True))
        x = x + sum(weight[:, e : e + 1] * feed_forward(at, block, y) for e, block in enumerate(blocks(config)))
    x = norm("model.norm", x)
    return x @ w["model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"].T


GPT2 = {"model_type": "gpt2", "n_layer": LAYERS, "n_embd": HIDDEN, "n_head": HEADS, "n_inner": INNER, "n_positions": CONTEXT,
        "vocab_size": VOCABULARY, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5}
SIZES = {"num_hidden_layers": LAYERS, "hidden_size": HIDDEN, "num_attention_heads": HEADS, "max_position_embeddings": CONTEXT,
         "vocab_size": VOCABULARY}
OPT = {"model_type": "opt", **SIZES, "ffn_dim": INNER, "word_embed_proj_dim": HIDDEN, "do_layer_norm_before": True,
       "activation_function": "relu", "tie_word_embeddings": True}
QWEN2 = {"model_type": "qwen2", **SIZES, "intermediate_size": INNER, "num_key_value_heads": 2, "head_dim": 8, "rms_norm_eps": 1e-6,
         "rope_theta": 1e6, "tie_word_embeddings": True, "use_sliding_window": False}
MIXTRAL = {"model_type": "mixtral", **SIZES, "intermediate_size": INNER, "num_key_value_heads": 1, "head_dim": 12, "rms_norm_eps": 1e-5,
           "rope_theta": 1e4, "tie_word_embeddings": False, "num_local_experts": 3, "num_experts_per_tok": 2}
FORMS = {
    "gpt2": (GPT2, gpt2_shapes(), gpt2_logits),
    "opt": (OPT, opt_shapes(), opt_logits),
    "qwen2": (QWEN2, llama_shapes(QWEN2), llama_logits),
    "mixtral": (MIXTRAL, llama_shapes(MIXTRAL), llama_logits),
}


def main():
    for seed, (form, (config, shapes, logits_of)) in enumerate(FORMS.items(), start=1):
        folder = OUT / form
        folder.mkdir(parents=True, exist_ok=True)
        halves = drawn(shapes, seed)
        tensor_file.write(folder / "model.safetensors", halves, {"source": "scripts/decoder-forms.py, random weights"})
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        tokens = torch.randint(VOCABULARY, (CONTEXT,), generator=torch.Generator().manual_seed(100 + seed))
        logits = logits_of(config, {name: tensor.double() for name, tensor in halves.items()}, tokens)
        rows = [[round(value, 9) for value in logits[position].tolist()] for position in POSITIONS]
        source = f"PyTorch {torch.__version__}, float64, scripts/decoder-forms.py"
        document = {"source": source, "tokens": tokens.tolist(), "positions": POSITIONS, "logits": rows}
        (folder / "reference.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
        print(form, sum(tensor.numel() for tensor in halves.values()), "weights, largest logit", float(logits.abs().max()))


if __name__ == "__main__":
    main()
