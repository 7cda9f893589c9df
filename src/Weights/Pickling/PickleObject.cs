namespace Dlrm.Weights.Pickling;

/// <summary>A dictionary of any kind, or an object that a class outside of the allow-list would have made.</summary>
/// <param name="name">The class, or null for a dictionary.</param>
/// <param name="isUnderstood">Whether nothing but its contents is of interest.</param>
internal sealed class PickleObject(string? name, bool isUnderstood)
{
    /// <summary>Gets the class that was not understood; null for a dictionary.</summary>
    internal string? Name => name;

    /// <summary>Gets a value indicating whether it is on the allow-list.</summary>
    internal bool IsUnderstood => isUnderstood;

    /// <summary>Gets or sets the arguments that would have made it.</summary>
    internal object? Arguments { get; set; }

    /// <summary>Gets or sets the state that would have been given to it.</summary>
    internal object? State { get; set; }

    /// <summary>Gets or sets the items appended to it; null for none.</summary>
    internal List<object?>? Items { get; set; }

    /// <summary>Gets or sets the keys and values set in it; null for none.</summary>
    internal List<KeyValuePair<object?, object?>>? Pairs { get; set; }
}
