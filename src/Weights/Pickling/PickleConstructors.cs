namespace Dlrm.Weights.Pickling;

/// <summary>The allow-list: what is made of a class or function and its arguments, without running anything.</summary>
/// <remarks>
/// <code>
/// collections.OrderedDict, defaultdict, Counter; dict                    a dictionary
/// list, set, frozenset, tuple, torch.Size                                their items
/// torch._utils._rebuild_tensor, _v2, _v3                                 a tensor
/// torch._utils._rebuild_parameter, _rebuild_parameter_with_state         the tensor inside
/// torch._tensor._rebuild_from_type_v2                                    what its function makes
/// copyreg._reconstructor, copyreg.__newobj__                             an object of the class named
/// numpy's arrays, scalars and dtypes, torch.device, _codecs.encode …     understood, and of no further interest
/// </code>
/// <para>Every other name makes an opaque object that records its arguments.</para>
/// </remarks>
internal static class PickleConstructors
{
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "torch.device", "torch.storage.UntypedStorage", "torch.UntypedStorage", "torch.storage.TypedStorage", "torch.serialization._get_layout",
        "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray._reconstruct", "numpy.core.multiarray.scalar",
        "numpy._core.multiarray._reconstruct", "numpy._core.multiarray.scalar", "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer", "_codecs.encode",
        "bytearray", "bytes", "str", "int", "long", "float", "bool", "complex", "object", "slice", "range", "unicode",
    };

    private static readonly HashSet<string> Structural = new(StringComparer.Ordinal)
    {
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "dict", "list", "set", "frozenset", "tuple", "torch.Size",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type_v2", "copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__",
    };

    /// <summary>Tells whether a name is on the allow-list.</summary>
    /// <param name="name">"module.name".</param>
    /// <returns>Whether it is.</returns>
    internal static bool Knows(string name)
    {
        string plain = Plain(name);
        return Structural.Contains(plain) || Harmless.Contains(plain) || (plain.StartsWith("torch.", StringComparison.Ordinal) && (TypeOfStorage(plain) is not null || TypeOfDtype(plain) is not null));
    }

    /// <summary>Reads the name of a typed storage.</summary>
    /// <param name="name">"torch.FloatStorage".</param>
    /// <returns>Its element type, or null.</returns>
    internal static ElementType? TypeOfStorage(string name) => name.StartsWith("torch.", StringComparison.Ordinal)
        ? ElementTypes.OfTorchStorage(name.StartsWith("torch.cuda.", StringComparison.Ordinal) ? name["torch.cuda.".Length..] : name["torch.".Length..])
        : null;

    /// <summary>Makes what a call would have made.</summary>
    /// <param name="callable">The class or function; anything else makes an opaque object.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">For errors and charges.</param>
    /// <param name="opaque">Counts what is not on the list.</param>
    /// <returns>The value.</returns>
    /// <exception cref="WeightFormatException">A function of the allow-list has arguments that it can't have.</exception>
    internal static object Make(object? callable, object? arguments, PickleInput input, OpaqueRegistry opaque)
    {
        input.Budget.Charge(96);
        object?[] values = arguments is PickleTuple tuple ? tuple.Items : [];
        if (callable is not PickleGlobal { Name: string name })
        {
            string of = (callable as PickleObject)?.Name ?? "a value that is no class";
            opaque.Add(of, 1);
            return new PickleObject(of, isUnderstood: false) { Arguments = new PickleTuple([callable, arguments]) };
        }

        switch (Plain(name))
        {
            case "collections.OrderedDict" or "collections.defaultdict" or "collections.Counter" or "dict":
                return Dictionary(values, input);
            case "list" or "set" or "frozenset":
                return new PickleList { Items = Items(values.FirstOrDefault(), input) };
            case "tuple" or "torch.Size":
                return new PickleTuple([.. Items(values.FirstOrDefault(), input)]);
            case "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor_v3" when values.ElementAtOrDefault(0) is PickleStorage:
                return Tensor(values, name.EndsWith("v3", StringComparison.Ordinal), input);
            case "torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" when values.ElementAtOrDefault(0) is PickleTensor tensor:
                return tensor.Copy();
            case "torch._tensor._rebuild_from_type_v2" when values is [PickleGlobal function, _, PickleTuple inner, ..] && !IsDelegating(function):
                return Make(function, inner, input, opaque);
            case "copyreg._reconstructor" or "copyreg.__newobj__" or "copyreg.__newobj_ex__" when values is [PickleGlobal type, ..] && !IsDelegating(type):
                return Make(type, new PickleTuple(values[1..]), input, opaque);
            case string plain when Harmless.Contains(plain):
                return new PickleObject(name, isUnderstood: true) { Arguments = arguments };
            default:
                opaque.Add(name, 1);
                return new PickleObject(name, isUnderstood: false) { Arguments = arguments };
        }
    }

    /// <summary>Makes what a persistent identifier stands for.</summary>
    /// <param name="identifier">("storage", class, key, place, elements) or ("module", class, file, text).</param>
    /// <param name="input">For errors and charges.</param>
    /// <param name="opaque">Counts what is neither.</param>
    /// <returns>The storage, or the class, or an opaque object.</returns>
    internal static object Persistent(object? identifier, PickleInput input, OpaqueRegistry opaque)
    {
        input.Budget.Charge(160);
        object?[] parts = identifier is PickleTuple tuple ? tuple.Items : [];
        if (parts is ["module", PickleGlobal type, ..])
        {
            return type;
        }

        if (parts is ["storage", PickleGlobal storage, string key, _, long elements, ..] && elements >= 0)
        {
            bool isUntyped = storage.Name is "torch.storage.UntypedStorage" or "torch.UntypedStorage";
            if (isUntyped || TypeOfStorage(storage.Name) is not null)
            {
                ElementType? elementType = TypeOfStorage(storage.Name);
                return parts is [_, _, _, _, _, PickleTuple { Items: [_, long start, long size] }, ..]
                    ? new PickleStorage(elementType, key, start, size)
                    : new PickleStorage(elementType, key, 0, elements);
            }
        }

        opaque.Add("persistent identifier", 1);
        return new PickleObject("persistent identifier", isUnderstood: false) { Arguments = identifier };
    }

    private static PickleTensor Tensor(object?[] values, bool hasType, PickleInput input)
    {
        PickleStorage storage = (PickleStorage)values[0]!;
        if (values.Length < (hasType ? 7 : 4) || values[1] is not long offset || values[2] is not PickleTuple sizes || values[3] is not PickleTuple steps)
        {
            throw input.Refuse("a tensor lacks its storage, offset, sizes or strides");
        }

        input.Budget.Charge(128 + (8L * (sizes.Items.Length + steps.Items.Length)));
        ElementType? type = hasType && values[6] is PickleGlobal named ? TypeOfDtype(named.Name) : storage.Type;
        return type is not null
            ? new PickleTensor(storage, type.Value, offset, Numbers(sizes, input), Numbers(steps, input))
            : throw input.Refuse("a tensor has an element type that is not known");
    }

    private static PickleObject Dictionary(object?[] values, PickleInput input)
    {
        PickleObject dictionary = new(null, isUnderstood: true);
        switch (values.LastOrDefault())
        {
            case PickleObject { Pairs: { } pairs }:
                input.Budget.Charge(16L * pairs.Count);
                dictionary.Pairs = [.. pairs];
                break;
            case PickleList { Items: { } items }:
                input.Budget.Charge(16L * items.Count);
                dictionary.Pairs = [.. items.Select(static item => item switch
                {
                    PickleTuple { Items: [var key, var value] } => KeyValuePair.Create(key, value),
                    PickleList { Items: [var key, var value] } => KeyValuePair.Create(key, value),
                    _ => KeyValuePair.Create<object?, object?>(null, item),
                })];
                break;
        }

        return dictionary;
    }

    private static List<object?> Items(object? value, PickleInput input)
    {
        IReadOnlyCollection<object?> items = value switch
        {
            PickleList { Items: { } list } => list,
            PickleTuple tuple => tuple.Items,
            _ => [],
        };
        input.Budget.Charge(16L * items.Count);
        return [.. items];
    }

    /// <summary>Tells whether a function makes what another one makes: one of these never calls another, so that no nesting of them can take the stack.</summary>
    private static bool IsDelegating(PickleGlobal function) => Plain(function.Name).StartsWith("copyreg.", StringComparison.Ordinal) || function.Name == "torch._tensor._rebuild_from_type_v2";

    private static long[] Numbers(PickleTuple tuple, PickleInput input)
    {
        long[] numbers = new long[tuple.Items.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = tuple.Items[i] is long number ? number : throw input.Refuse("a size or stride is no whole number of 64 bits");
        }

        return numbers;
    }

    private static ElementType? TypeOfDtype(string name) =>
        name.StartsWith("torch.", StringComparison.Ordinal) ? ElementTypes.OfTorchDtype(name["torch.".Length..]) : null;

    private static string Plain(string name) =>
        name.StartsWith("builtins.", StringComparison.Ordinal) ? name["builtins.".Length..]
        : name.StartsWith("__builtin__.", StringComparison.Ordinal) ? name["__builtin__.".Length..]
        : name.StartsWith("copy_reg.", StringComparison.Ordinal) ? "copyreg." + name["copy_reg.".Length..]
        : name;
}
