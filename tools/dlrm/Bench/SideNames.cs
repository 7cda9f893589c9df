namespace Dlrm.CommandLine.Bench;

/// <summary>How the sides are called in tables.</summary>
internal static class SideNames
{
    /// <summary>This program.</summary>
    internal const string Ours = "ours";

    /// <summary>PyTorch.</summary>
    internal const string Torch = "PyTorch";

    /// <summary>The plain loops.</summary>
    internal const string Plain = "plain C++";

    /// <summary>OpenBLAS.</summary>
    internal const string OpenBlas = "OpenBLAS";
}
