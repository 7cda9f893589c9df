using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dlrm.CommandLine.Bench.Peers;

/// <summary>A program beside ours that measures works for as long as it lives: one JSON request a line, one JSON answer a line.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _lastErrors = new();

    private PeerProcess(string name, Process process)
    {
        Name = name;
        _process = process;
        process.ErrorDataReceived += (_, data) => Remember(data.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Gets the peer's name in tables.</summary>
    internal string Name { get; }

    /// <summary>Gets what the program said of itself when it started.</summary>
    internal JsonObject Greeting { get; private set; } = [];

    /// <summary>Starts a program and reads its greeting.</summary>
    /// <param name="name">The peer's name in tables.</param>
    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables that are set for it, unless they are set already.</param>
    /// <returns>The running program.</returns>
    /// <exception cref="InvalidOperationException">It ended at once; the message has what it said.</exception>
    internal static PeerProcess Start(string name, string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string variable, string value) in environment)
        {
            start.Environment.TryAdd(variable, value);
        }

        PeerProcess peer = new(name, Process.Start(start)!);
        try
        {
            peer.Greeting = peer.Read();
        }
        catch
        {
            peer.Dispose();
            throw;
        }

        return peer;
    }

    /// <summary>Asks for one measurement.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="InvalidOperationException">The program could not do it, or has ended; the message says which.</exception>
    internal JsonObject Ask(JsonObject request)
    {
        _process.StandardInput.WriteLine(request.ToJsonString(JsonSerializerOptions.Default));
        _process.StandardInput.Flush();
        JsonObject answer = Read();
        return answer["error"] is JsonNode error ? throw new InvalidOperationException($"{Name} can't do {request["work"]}: {error}") : answer;
    }

    /// <summary>Waits until the program no longer uses a processor, half a second at most: idle workers of OpenBLAS spin for 0.1 s, at the cost of whoever is next.</summary>
    internal void WaitUntilIdle()
    {
        for (int i = 0; i < 25; i++)
        {
            TimeSpan before = _process.TotalProcessorTime;
            Thread.Sleep(20);
            _process.Refresh();
            if (_process.TotalProcessorTime - before < TimeSpan.FromMilliseconds(2))
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(2000))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private JsonObject Read()
    {
        string? line = _process.StandardOutput.ReadLine();
        if (line is not null)
        {
            return JsonNode.Parse(line)!.AsObject();
        }

        _process.WaitForExit();
        lock (_lastErrors)
        {
            throw new InvalidOperationException($"{Name} ended with code {_process.ExitCode}: {string.Join(" ", _lastErrors)}");
        }
    }

    private void Remember(string? line)
    {
        lock (_lastErrors)
        {
            if (line is not null)
            {
                _lastErrors.Enqueue(line);
            }

            if (_lastErrors.Count > 5)
            {
                _lastErrors.Dequeue();
            }
        }
    }
}
