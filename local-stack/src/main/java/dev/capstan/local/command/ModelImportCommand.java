package dev.capstan.local.command;

import dev.capstan.local.models.ModelInspection;
import dev.capstan.local.models.ModelLayout;
import dev.capstan.model.ModelArchitecture.ImageEncoder;
import dev.capstan.model.ModelArchitecture.ImageFeature;
import dev.capstan.model.ModelArchitecture.Limber;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.pretrained.LimberRow;
import dev.capstan.model.pretrained.ModelAssembly;
import dev.capstan.model.pretrained.ModelAssembly.ImageWeights;
import dev.capstan.model.tensors.WeightsFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks weights tensor by tensor, puts published parts together, and copies models where a service will read them. */
@Command(
        name = "import",
        description = {
            "Check a directory of weights: what is there, what is missing or unexpected, by tensor name.",
            "With --output, a model that passes is written there as the services read it.",
            "With --language-model, DIR is a CLIP or SigLIP as Hugging Face or open_clip publish it, and the two become one "
                    + "model: the linear map between them has yet to be trained, captions mean nothing until it is."
        },
        mixinStandardHelpOptions = true)
final class ModelImportCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of the weights.")
    private Path directory = Path.of("");

    @Option(
            names = {"--output", "--to"},
            paramLabel = "DIR",
            description = "Where the checked model goes.")
    private Optional<Path> target = Optional.empty();

    @Option(names = "--digests", description = "List the digest of every tensor.")
    private boolean digests;

    @Mixin
    private Assembly assembly = new Assembly();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Mean and deviation of pixels that published encoders were trained on. */
    enum ImageStatistics {
        IMAGENET,
        CLIP,
        /** From -1 to 1. */
        HALF;

        List<Float> mean() {
            return switch (this) {
                case IMAGENET -> NfResNetImageEncoder.IMAGENET_MEAN;
                case CLIP -> ImageEncoder.CLIP_MEAN;
                case HALF -> List.of(0.5f, 0.5f, 0.5f);
            };
        }

        List<Float> standardDeviation() {
            return switch (this) {
                case IMAGENET -> NfResNetImageEncoder.IMAGENET_STANDARD_DEVIATION;
                case CLIP -> ImageEncoder.CLIP_STANDARD_DEVIATION;
                case HALF -> List.of(0.5f, 0.5f, 0.5f);
            };
        }
    }

    private static final class Assembly {
        @Option(
                names = "--language-model",
                paramLabel = "DIR",
                description = "A GPT-2, GPT-J or Llama as Hugging Face publishes it, with tokenizer.json.")
        private Optional<Path> languageModel = Optional.empty();

        @Option(
                names = "--image-encoder",
                paramLabel = "DIR",
                description =
                        "Another image encoder than CLIP's: a directory of a BEiT as Hugging Face, of an NF-ResNet as timm "
                                + "publishes it, or a TorchScript file, which stays frozen.")
        private Optional<Path> imageEncoder = Optional.empty();

        @Option(
                names = "--image-size",
                paramLabel = "PIXELS",
                defaultValue = "224",
                description = "Side of the pictures that a TorchScript file wants (default: ${DEFAULT-VALUE}).")
        private int imageSize = 224;

        @Option(
                names = "--image-statistics",
                defaultValue = "IMAGENET",
                description = "How a TorchScript file wants its pixels brought to mean 0 and deviation 1, one of "
                        + "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
        private ImageStatistics imageStatistics = ImageStatistics.IMAGENET;

        @Option(names = "--untrained", description = "Draw the image encoder's weights anew: LiMBeR's random baseline.")
        private boolean untrained;

        @Option(
                names = "--row",
                description =
                        "A row of LiMBeR's table, one of ${COMPLETION-CANDIDATES}: its feature, soft tokens and weights.")
        private Optional<LimberRow> row = Optional.empty();

        @Option(
                names = "--feature",
                description =
                        "What the linear map reads, one of ${COMPLETION-CANDIDATES} (default: GRID, or the row's).")
        private Optional<ImageFeature> feature = Optional.empty();

        @Option(
                names = "--soft-tokens",
                paramLabel = "K",
                description = "Soft prompt tokens for each feature vector (default: 1, or the row's).")
        private Optional<Integer> softTokens = Optional.empty();

        @Option(
                names = "--standardise",
                description = "Bring feature vectors to mean 0 and variance 1 first, which the paper does not.")
        private boolean standardise;

        @Option(
                names = "--seed",
                defaultValue = "0",
                description = "Of what begins at random (default: ${DEFAULT-VALUE}).")
        private long seed;

        boolean isAsked() {
            return languageModel.isPresent() || imageEncoder.isPresent() || row.isPresent() || untrained;
        }

        boolean drawsAnew() {
            return untrained || row.map(LimberRow::untrained).orElse(false);
        }

        Limber limber() {
            Limber paper = row.map(LimberRow::limber).orElseGet(() -> Limber.ofThePaper(ImageFeature.GRID, 1));
            return new Limber(
                    feature.orElse(paper.feature()),
                    softTokens.orElse(paper.softTokens()),
                    standardise,
                    paper.dropout(),
                    paper.startTokenFirst(),
                    paper.prompt(),
                    paper.groundingPrefix());
        }
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (assembly.isAsked() && assembly.languageModel.isEmpty()) {
            throw new CommandException(
                    ExitCodes.USAGE,
                    "An image encoder is put together with a CLIP and a language model: give --language-model DIR");
        }
        ModelLayout layout = ModelReport.layout(directory);
        check(layout, directory, out);
        if (assembly.languageModel.isPresent()) {
            put(assemble(assembly.languageModel.get(), out), out);
        } else if (target.isPresent()) {
            put(read(layout), out);
        }
        out.println("everything fits");
        return ExitCodes.OK;
    }

    private void check(ModelLayout layout, Path checked, PrintWriter out) throws IOException {
        ModelInspection inspection = ModelReport.inspect(layout, checked);
        ModelReport.summary(inspection, out);
        if (digests) {
            for (ModelInspection.FoundTensor tensor : inspection.tensors()) {
                out.printf("%s  %s %s %s%n", tensor.digest(), tensor.name(), tensor.type(), tensor.shape());
            }
        }
        list(out, "missing", inspection.missing());
        list(out, "unexpected", inspection.unexpected());
        list(out, "wrong", inspection.wrong());
        list(out, "ignored", inspection.ignored());
        if (!inspection.complete()) {
            int faults = inspection.missing().size()
                    + inspection.unexpected().size()
                    + inspection.wrong().size();
            throw new CommandException(
                    ExitCodes.REFUSED,
                    checked + " does not fit its configuration: " + faults + " faults, listed above");
        }
    }

    private ModelBundle assemble(Path languageModel, PrintWriter out) throws IOException {
        check(ModelReport.layout(languageModel), languageModel, out);
        ImageWeights images = new ImageWeights.OfClip();
        if (assembly.imageEncoder.isPresent()) {
            Path encoder = assembly.imageEncoder.get();
            if (Files.isDirectory(encoder)) {
                check(ModelReport.layout(encoder), encoder, out);
                images = new ImageWeights.OfDirectory(encoder);
            } else {
                images = new ImageWeights.OfProgram(
                        encoder,
                        assembly.imageSize,
                        assembly.imageStatistics.mean(),
                        assembly.imageStatistics.standardDeviation());
            }
        }
        try {
            ModelBundle bundle = ModelAssembly.assemble(
                    new ModelAssembly.Parts(directory, languageModel, images, assembly.drawsAnew()),
                    assembly.limber(),
                    new SplittableRandom(assembly.seed));
            assembly.row.ifPresent(row -> row.requireKind(bundle.architecture().image()));
            out.printf(
                    "linear map: %d feature vectors of %d become %d soft prompt tokens of %d%n",
                    bundle.architecture().softPromptLength()
                            / bundle.architecture().limber().softTokens(),
                    bundle.architecture().limberInputs(),
                    bundle.architecture().softPromptLength(),
                    bundle.architecture().languageModel().width());
            return bundle;
        } catch (WeightsFormatException e) {
            throw ModelReport.refused(e);
        } catch (NoSuchFileException e) {
            throw new CommandException(ExitCodes.USAGE, "There is no " + e.getMessage());
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCodes.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private ModelBundle read(ModelLayout layout) throws IOException {
        try {
            return layout.read(directory);
        } catch (WeightsFormatException e) {
            throw ModelReport.refused(e);
        }
    }

    private void put(ModelBundle bundle, PrintWriter out) throws IOException {
        if (target.isPresent()) {
            bundle.writeDirectory(target.get());
            out.printf("written to %s%n", target.get());
        }
    }

    private static void list(PrintWriter out, String what, List<String> names) {
        names.forEach(name -> out.printf("%s: %s%n", what, name));
    }
}
