namespace Dlrm.Numerics.Tests.Tables;

/// <summary>A tensor format under test: named shapes, and what makes a case of one.</summary>
public interface ITableFormat
{
    /// <summary>Gets names of shapes that end on, before and after every vector width, and of the degenerate ones.</summary>
    static abstract IEnumerable<string> Names { get; }

    /// <summary>Makes a case.</summary>
    /// <param name="device">The device.</param>
    /// <param name="name">A name of <see cref="Names"/>.</param>
    /// <returns>The case.</returns>
    static abstract TableCase Create(IDevice device, string name);

    /// <summary>Makes a table of a billion rows whose terms are few.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The case.</returns>
    static abstract TableCase CreateLarge(IDevice device);

    /// <summary>Makes a table for batches of thousands.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The case.</returns>
    static abstract TableCase CreateForBatches(IDevice device);
}
