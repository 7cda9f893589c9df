namespace Dlrm.CommandLine.Hosting;

/// <summary>The exit codes of the command line.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done; or the run was interrupted once and has saved a checkpoint.</summary>
    internal const int Done = 0;

    /// <summary>Something failed that has no code of its own.</summary>
    internal const int Failed = 1;

    /// <summary>The command line or the options are wrong.</summary>
    internal const int Usage = 2;

    /// <summary>Data is missing or can't be read as what it should be.</summary>
    internal const int BadData = 3;

    /// <summary>A checkpoint or model is missing or damaged.</summary>
    internal const int BadCheckpoint = 4;

    /// <summary>Workers could not talk to one another.</summary>
    internal const int Communication = 5;

    /// <summary>A second interruption stopped the run at once.</summary>
    internal const int Interrupted = 130;
}
