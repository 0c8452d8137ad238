package dev.capstan.local.command;

import dev.capstan.local.models.ModelInspection;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Describes a model. */
@Command(
        name = "show",
        description = "Describe a directory of weights: architecture, parts, sizes.",
        mixinStandardHelpOptions = true)
final class ModelShowCommand implements Callable<Integer> {
    @Parameters(paramLabel = "DIR", description = "Directory of the weights.")
    private Path directory = Path.of("");

    @Option(names = "--tensors", description = "List every tensor.")
    private boolean tensors;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        ModelInspection inspection = ModelReport.inspect(ModelReport.layout(directory), directory);
        ModelReport.summary(inspection, out);
        Map<String, long[]> parts = new TreeMap<>();
        for (ModelInspection.FoundTensor tensor : inspection.tensors()) {
            String part = tensor.name().replaceFirst("\\..*", "");
            long[] sums = parts.computeIfAbsent(part + " " + tensor.type(), key -> new long[3]);
            sums[0]++;
            sums[1] += tensor.elements();
            sums[2] += tensor.bytes();
        }
        parts.forEach((part, sums) ->
                out.printf("%-28s %5d tensors %,14d parameters %,14d bytes%n", part, sums[0], sums[1], sums[2]));
        out.println(inspection.configuration());
        if (tensors) {
            inspection
                    .tensors()
                    .forEach(tensor -> out.printf("%s %s %s%n", tensor.name(), tensor.type(), tensor.shape()));
        }
        out.println(inspection.complete() ? "complete" : "not complete: capstan model import names what is wrong");
        return ExitCodes.OK;
    }
}
