namespace Dlrm.Tools.Tests.Configuration;

/// <summary>Names.</summary>
internal enum SampleKind
{
    /// <summary>One.</summary>
    FirstKind,

    /// <summary>Another.</summary>
    SecondKind,
}
