package dev.capstan.model;

import static dev.capstan.model.ParameterSpec.Initial.constant;
import static dev.capstan.model.ParameterSpec.Initial.uniform;

import dev.capstan.model.ParameterSpec.Initial;
import dev.capstan.model.ParameterSpec.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters as an architecture names them, in the order in which a forward pass meets them. Filled by one thread. */
public final class ParameterList {
    private final String prefix;
    private final Map<String, ParameterSpec> specs;

    ParameterList() {
        this("", new LinkedHashMap<>());
    }

    private ParameterList(String prefix, Map<String, ParameterSpec> specs) {
        this.prefix = prefix;
        this.specs = specs;
    }

    /** This list, with names below a prefix. */
    ParameterList under(String below) {
        return new ParameterList(prefix + below, specs);
    }

    Map<String, ParameterSpec> byName() {
        return Collections.unmodifiableMap(specs);
    }

    /** Without bias, begun as PyTorch does. */
    void convolution(String name, long inputs, long outputs, long kernel) {
        matrix(name + ".weight", uniform((double) inputs * kernel * kernel), outputs, inputs, kernel, kernel);
    }

    void batchNorm(String name, long channels, double gain) {
        vector(name + ".weight", constant(gain), channels);
        vector(name + ".bias", constant(0), channels);
        add(name + ".running_mean", Kind.STATISTIC, constant(0), channels);
        add(name + ".running_var", Kind.STATISTIC, constant(1), channels);
    }

    void layerNorm(String name, long width) {
        vector(name + ".weight", constant(1), width);
        vector(name + ".bias", constant(0), width);
    }

    /** PyTorch's layout: outputs x inputs. */
    void linear(String name, long inputs, long outputs, Initial weight) {
        matrix(name + ".weight", weight, outputs, inputs);
        vector(name + ".bias", uniform((double) inputs), outputs);
    }

    /** GPT-2's layout: inputs x outputs. */
    void conv1d(String name, long inputs, long outputs, Initial weight) {
        matrix(name + ".weight", weight, inputs, outputs);
        vector(name + ".bias", constant(0), outputs);
    }

    /** openai/CLIP's ResidualAttentionBlock. */
    void transformerBlock(long width, Initial attention, Initial attentionOutput, Initial inner, Initial outer) {
        layerNorm("ln_1", width);
        matrix("attn.in_proj_weight", attention, 3 * width, width);
        vector("attn.in_proj_bias", constant(0), 3 * width);
        matrix("attn.out_proj.weight", attentionOutput, width, width);
        vector("attn.out_proj.bias", constant(0), width);
        layerNorm("ln_2", width);
        linear("mlp.c_fc", width, 4 * width, inner);
        linear("mlp.c_proj", 4 * width, width, outer);
    }

    /** SigLIP's encoder layer, begun by Xavier's uniform as the reference does. */
    void siglipBlock(long width, long hidden) {
        layerNorm("layer_norm1", width);
        for (String part : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
            matrix("self_attn." + part + ".weight", uniform(width / 3.0), width, width);
            vector("self_attn." + part + ".bias", constant(0), width);
        }
        layerNorm("layer_norm2", width);
        siglipFeedForward(width, hidden);
    }

    void siglipFeedForward(long width, long hidden) {
        Initial initial = uniform((width + hidden) / 6.0);
        matrix("mlp.fc1.weight", initial, hidden, width);
        vector("mlp.fc1.bias", constant(0), hidden);
        matrix("mlp.fc2.weight", initial, width, hidden);
        vector("mlp.fc2.bias", constant(0), width);
    }

    /** Learns, with weight decay. */
    void matrix(String name, Initial initial, long... shape) {
        add(name, Kind.MATRIX, initial, shape);
    }

    /** Learns, without weight decay. */
    void vector(String name, Initial initial, long length) {
        add(name, Kind.GAIN_OR_BIAS, initial, length);
    }

    void add(String name, Kind kind, Initial initial, long... shape) {
        List<Long> dimensions = new ArrayList<>();
        for (long dimension : shape) {
            dimensions.add(dimension);
        }
        specs.put(prefix + name, new ParameterSpec(prefix + name, dimensions, kind, initial));
    }
}
