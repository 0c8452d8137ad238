package dev.capstan.model;

import dev.capstan.model.ModelArchitecture.ImageEncoder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The models of the CLIP paper (arXiv 2103.00020, tables 19 and 20) under the names that openai/CLIP gives them. */
@SuppressWarnings("ImmutableEnumChecker") // records of numbers and copied lists
public enum ClipPreset {
    RN50("RN50", 1024, ResNetImageEncoder.of(224, List.of(3, 4, 6, 3), 64), 512),
    RN101("RN101", 512, ResNetImageEncoder.of(224, List.of(3, 4, 23, 3), 64), 512),
    RN50X4("RN50x4", 640, ResNetImageEncoder.of(288, List.of(4, 6, 10, 6), 80), 640),
    RN50X16("RN50x16", 768, ResNetImageEncoder.of(384, List.of(6, 8, 18, 8), 96), 768),
    RN50X64("RN50x64", 1024, ResNetImageEncoder.of(448, List.of(3, 15, 36, 10), 128), 1024),
    VIT_B_32("ViT-B/32", 512, VitImageEncoder.of(224, 32, 768, 12), 512),
    VIT_B_16("ViT-B/16", 512, VitImageEncoder.of(224, 16, 768, 12), 512),
    VIT_L_14("ViT-L/14", 768, VitImageEncoder.of(224, 14, 1024, 24), 768),
    VIT_L_14_336("ViT-L/14@336", 768, VitImageEncoder.of(336, 14, 1024, 24), 768);

    private static final int CONTEXT = 77;
    private static final int VOCABULARY = 49408;
    private static final int TEXT_LAYERS = 12;
    private static final int HEAD_WIDTH = 64;

    private final String title;
    private final int embeddingDimension;
    private final ImageEncoder image;
    private final ClipTextEncoder text;

    ClipPreset(String title, int embeddingDimension, ImageEncoder image, int textWidth) {
        this.title = title;
        this.embeddingDimension = embeddingDimension;
        this.image = image;
        this.text = text(textWidth);
    }

    private static ClipTextEncoder text(int width) {
        return new ClipTextEncoder(CONTEXT, VOCABULARY, width, width / HEAD_WIDTH, TEXT_LAYERS);
    }

    /**
     * Finds a preset by the name of the paper, for example {@code ViT-B/32}.
     *
     * @throws IllegalArgumentException naming all presets
     */
    public static ClipPreset named(String title) {
        return Arrays.stream(values())
                .filter(preset -> preset.title.equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no CLIP model " + title + "; there are "
                        + Arrays.stream(values()).map(preset -> preset.title).collect(Collectors.joining(", "))));
    }

    public String title() {
        return title;
    }

    /** Width of the space that images and texts share. */
    public int embeddingDimension() {
        return embeddingDimension;
    }

    public ImageEncoder image() {
        return image;
    }

    public ClipTextEncoder text() {
        return text;
    }
}
