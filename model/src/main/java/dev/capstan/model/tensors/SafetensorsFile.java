package dev.capstan.model.tensors;

import java.util.List;
import java.util.Map;

/**
 * What a safetensors file holds.
 *
 * @param metadata free text by key, of the header's {@code __metadata__}
 * @param tensors in the order of their data; their bytes are the mapped file
 */
public record SafetensorsFile(Map<String, String> metadata, List<TensorValue> tensors) {
    public SafetensorsFile {
        metadata = Map.copyOf(metadata);
        tensors = List.copyOf(tensors);
    }
}
