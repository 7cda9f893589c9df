using System.ComponentModel;
using System.Diagnostics;

namespace Dlrm.CommandLine.Bench.Peers;

/// <summary>The peers that are installed on this machine, running; and those that are not, with how to get them.</summary>
internal sealed class PeerSet : IDisposable
{
    private const string Torch = "PyTorch";
    private const string Plain = "plain C++";
    private const string OpenBlas = "OpenBLAS";
    private readonly List<MissingPeer> _missing = [];

    private PeerSet()
    {
    }

    /// <summary>Gets the process that runs PyTorch, or null.</summary>
    internal PeerProcess? TorchProcess { get; private set; }

    /// <summary>Gets the process with the plain C++ loops, or null.</summary>
    internal PeerProcess? PlainProcess { get; private set; }

    /// <summary>Gets the process that calls OpenBLAS, or null: the one with the plain loops, when it found the library.</summary>
    internal PeerProcess? BlasProcess { get; private set; }

    /// <summary>Gets the peers that are not there.</summary>
    internal IReadOnlyList<MissingPeer> Missing => _missing;

    /// <summary>Gets what the peers say of themselves.</summary>
    internal IEnumerable<string> Versions =>
        ((string?[])[(string?)TorchProcess?.Greeting["version"], (string?)PlainProcess?.Greeting["version"], (string?)BlasProcess?.Greeting["blas"]]).OfType<string>();

    /// <summary>Makes a set without any peer.</summary>
    /// <returns>The set.</returns>
    internal static PeerSet None() => new();

    /// <summary>Starts what can be started; builds the C++ program when its source has changed.</summary>
    /// <returns>The peers.</returns>
    internal static PeerSet Start()
    {
        PeerSet peers = new();
        if (RepositoryFolder() is not string root)
        {
            peers.Miss(Torch, "bench/peers is not above the program", "run ./dlrm in a checkout of the repository");
            peers.Miss(Plain, "bench/peers is not above the program", "run ./dlrm in a checkout of the repository");
            peers.Miss(OpenBlas, "bench/peers is not above the program", "run ./dlrm in a checkout of the repository");
            return peers;
        }

        peers.StartTorch(Path.Combine(root, "bench", "peers", "torch_peer.py"));
        peers.StartPlain(Path.Combine(root, "bench", "peers", "plain_ttm.cpp"), Path.Combine(root, "artifacts", "peers"));
        return peers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TorchProcess?.Dispose();
        PlainProcess?.Dispose();
    }

    private static string? RepositoryFolder()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "bench", "peers", "torch_peer.py")))
            {
                return folder.FullName;
            }
        }

        return null;
    }

    /// <summary>Finds a program on the PATH, every place of it: an interpreter may be there twice, and only one of them has PyTorch.</summary>
    private static IEnumerable<string> OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).Where(File.Exists);

    private static (int Code, string Output) Run(string file, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output.Result + error);
        }
        catch (Win32Exception exception)
        {
            return (-1, exception.Message);
        }
    }

    private void StartTorch(string script)
    {
        string? python = OnPath("python3").FirstOrDefault(candidate => Run(candidate, "-c", "import torch").Code == 0);
        if (python is null)
        {
            Miss(Torch, "no python3 on the PATH can import torch", "apt-get install python3-torch");
            return;
        }

        try
        {
            // Debian's PyTorch has the threads of OpenMP and those of OpenBLAS; where one kind spins while the other works, whole steps take twice the time and more.
            TorchProcess = PeerProcess.Start(Torch, python, [script], ("OMP_WAIT_POLICY", "PASSIVE"), ("OPENBLAS_THREAD_TIMEOUT", "16"));
        }
        catch (InvalidOperationException exception)
        {
            Miss(Torch, exception.Message, "apt-get install python3-torch");
        }
    }

    private void StartPlain(string source, string folder)
    {
        string program = Path.Combine(folder, "plain_ttm");
        if (OnPath("g++").FirstOrDefault() is not string compiler)
        {
            Miss(Plain, "there is no g++ on the PATH", "apt-get install g++");
            Miss(OpenBlas, "it is called from the C++ program", "apt-get install g++ libopenblas0-pthread");
            return;
        }

        Directory.CreateDirectory(folder);
        if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) < File.GetLastWriteTimeUtc(source))
        {
            string fresh = $"{program}.{Environment.ProcessId}";
            (int code, string output) = Run(compiler, "-O3", "-march=native", "-fopenmp-simd", source, "-o", fresh, "-ldl");
            if (code != 0)
            {
                Miss(Plain, $"g++ ended with code {code}: {output.Trim()}", "apt-get install g++");
                Miss(OpenBlas, "it is called from the C++ program", "apt-get install g++ libopenblas0-pthread");
                return;
            }

            File.Move(fresh, program, overwrite: true);
        }

        PlainProcess = PeerProcess.Start(Plain, program, []);
        if (((string?)PlainProcess.Greeting["blas"]) is { Length: > 0 })
        {
            BlasProcess = PlainProcess;
        }
        else
        {
            Miss(OpenBlas, "there is no libopenblas.so.0", "apt-get install libopenblas0-pthread");
        }
    }

    private void Miss(string name, string reason, string remedy) => _missing.Add(new MissingPeer(name, reason, remedy));
}
