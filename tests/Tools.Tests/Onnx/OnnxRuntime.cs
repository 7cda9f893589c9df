using System.Diagnostics;
using System.Text.Json.Nodes;
using Dlrm.TestSupport;

namespace Dlrm.Tools.Tests.Onnx;

/// <summary>Runs exported models in a run-time that is not ours: onnxruntime under Node.js.</summary>
internal static class OnnxRuntime
{
    /// <summary>Makes an input of numbers.</summary>
    /// <typeparam name="T">float or long.</typeparam>
    /// <param name="values">The numbers.</param>
    /// <param name="dimensions">The shape.</param>
    /// <returns>The input.</returns>
    internal static JsonObject Tensor<T>(IEnumerable<T> values, params int[] dimensions)
        where T : struct => new()
        {
            ["type"] = typeof(T) == typeof(long) ? "int64" : "float32",
            ["dims"] = new JsonArray([.. dimensions.Select(size => JsonValue.Create(size))]),
            ["data"] = new JsonArray([.. values.Select(value => value is long id ? JsonValue.Create(id.ToString(System.Globalization.CultureInfo.InvariantCulture)) : (JsonNode?)JsonValue.Create(value))]),
        };

    /// <summary>Runs a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="inputs">The inputs by name.</param>
    /// <returns>The names of its inputs, and the output "probability".</returns>
    internal static async Task<(string[] Inputs, float[] Probabilities)> RunAsync(string path, JsonObject inputs)
    {
        (int code, string output, string error) = await StartAsync(path, inputs);
        Assert.True(code == 0, error);
        JsonObject result = JsonNode.Parse(output)!.AsObject();
        float[] probabilities = [.. result["numbers"]!["probability"]!.AsArray().Select(value => (float)value!)];
        Assert.Equal([probabilities.Length], result["shapes"]!["probability"]!.AsArray().Select(size => (int)size!));
        return ([.. result["inputs"]!.AsArray().Select(name => (string)name!)], probabilities);
    }

    /// <summary>Runs a model that may be refused.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="inputs">The inputs by name.</param>
    /// <returns>What the process said.</returns>
    internal static async Task<(int Code, string Output, string Error)> StartAsync(string path, JsonObject inputs)
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "tests", "onnx");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "onnxruntime-node")), $"The ONNX run-time is missing: npm ci --ignore-scripts --prefix {folder}");
        ProcessStartInfo start = new("node", [Path.Combine(folder, "run.mjs"), path]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(new JsonObject { ["inputs"] = inputs }.ToJsonString());
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
